import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Where fields are in the schema, such as `Employee.salary`, by their nodes in a document: clients name them as they like. */
export function coordinatesOf(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<ASTNode, string> {
  const coordinates = new Map<ASTNode, string>();
  const types = new TypeInfo(schema);
  const Field = (node: FieldNode) => {
    const [parent, field] = [types.getParentType(), types.getFieldDef()];
    if (parent && field) coordinates.set(node, `${parent.name}.${field.name}`);
  };
  visit(document, visitWithTypeInfo(types, { Field }));
  return coordinates;
}
