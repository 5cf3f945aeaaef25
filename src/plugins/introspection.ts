import { NoSchemaIntrospectionCustomRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Tells nobody what the schema has: neither by introspection nor by errors that suggest its names. */
export const useNoIntrospection = (): Plugin => ({
  onValidate({ addValidationRule, setValidationFn }) {
    addValidationRule(NoSchemaIntrospectionCustomRule);
    setValidationFn((schema, document, rules) => validate(schema, document, rules, { hideSuggestions: true }));
  },
});

/** A message of an executor, which hides nothing: of wrong values of variables it suggests right ones. */
export const withoutSuggestion = (message: string): string => message.replace(/ Did you mean [^?]*\?/g, '');
