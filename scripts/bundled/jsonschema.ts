/**
 * Stands for the package `jsonschema` in the bundle. ElectroDB takes it to check the models of entities, and builds its
 * schemas for that at every start. The models don't change between the tests, which use the real one, and a deployment.
 */
export class Validator {
  addSchema(): void {
    // Nothing is checked by it.
  }

  /** Finds nothing. */
  validate(): { readonly errors: readonly [] } {
    return { errors: [] };
  }
}

// ElectroDB adds formats to the prototype.
Object.assign(Validator.prototype, { customFormats: {} });
