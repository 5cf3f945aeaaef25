import SchemaBuilder, {
  BasePlugin,
  MutationFieldBuilder,
  QueryFieldBuilder,
  RootFieldBuilder,
  type SchemaTypes,
} from '@pothos/core';
import './global-types.ts';
import { byIdField } from './by-id-field.ts';
import { EntityAttributes } from './entity-attributes.ts';
import { EntitySchema } from './entity-schema.ts';
import { connectionField } from './list-fields.ts';
import { createField, deleteField, updateField } from './mutation-fields.ts';
import { nodeField, nodesField } from './node-fields.ts';
import { type AnyBuilder, placeOf } from './value-types.ts';

/** The plugin's name in the builder's list. */
const NAME = 'electrodb';
export default NAME;

/** Entities of ElectroDB as GraphQL types: see {@link EntitySchema}. */
export class ElectroDBPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {}

SchemaBuilder.registerPlugin(NAME, ElectroDBPlugin);

const schemas = new WeakMap<object, EntitySchema>();

/** The GraphQL side of the entities of a builder. */
function schemaOf(builder: object): EntitySchema {
  const known = schemas.get(builder) ?? new EntitySchema(builder as AnyBuilder);
  schemas.set(builder, known);
  return known;
}

// Plugins add to the prototypes of Pothos's builders, typed by global-types.ts for schema types not known here.
const builder = SchemaBuilder.prototype as AnyBuilder;

builder.entity = function (entity, options) {
  return schemaOf(this).implement(entity, options) as never;
};

builder.entityFields = function (entity, fields) {
  schemaOf(this).addFields(entity, fields as never);
};

builder.entityRef = function (entity) {
  return schemaOf(this).ref(entity) as never;
};

builder.entityAttributes = function (entity) {
  return new EntityAttributes(schemaOf(this), entity);
};

builder.attributeInput = function (entity, name) {
  return schemaOf(this).values.input(placeOf(entity, name)) as never;
};

const root = RootFieldBuilder.prototype as PothosSchemaTypes.RootFieldBuilder<SchemaTypes, unknown>;

root.byId = function (entity, options = {}) {
  return byIdField(schemaOf(this.builder), this, entity, options as never);
};

const query = QueryFieldBuilder.prototype as PothosSchemaTypes.QueryFieldBuilder<SchemaTypes, unknown>;

query.list = function (entity, pattern, options) {
  return connectionField(
    schemaOf(this.builder),
    this as never,
    entity,
    pattern as string,
    (options ?? {}) as never,
  ) as never;
};

query.nodeById = function (options = {}) {
  return nodeField(schemaOf(this.builder), this as never, options as never) as never;
};

query.nodesByIds = function (options = {}) {
  return nodesField(schemaOf(this.builder), this as never, options as never) as never;
};

const mutation = MutationFieldBuilder.prototype as PothosSchemaTypes.MutationFieldBuilder<SchemaTypes, unknown>;

mutation.create = function (entity, ...[options = {}]) {
  return createField(schemaOf(this.builder), this as never, entity, options as never) as never;
};

mutation.update = function (entity, ...[options = {}]) {
  return updateField(schemaOf(this.builder), this as never, entity, options as never) as never;
};

mutation.delete = function (entity, options = {}) {
  return deleteField(schemaOf(this.builder), this as never, entity, options as never) as never;
};
