import type { SeedOrg } from './organizations.ts';

/** An office to be: a real address, less what the gazetteers know. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly zip: string;
  /** Left out in the United States, where the ZIP code tells it. */
  readonly city?: string;
  /** Left out in the United States and Canada, where the postal code tells it. */
  readonly state?: string;
  readonly street: string;
  readonly name: string;
  /** How many of a thousand people work there, about. */
  readonly desks: number;
  /** The city's name in GeoNames, where it is not the one that people there use. */
  readonly geoName?: string;
}

type UnitedStates = readonly [zip: string, street: string, name: string, desks: number];
type Canada = readonly [zip: string, city: string, street: string, name: string, desks: number];
type World = readonly [
  country: string,
  zip: string,
  city: string,
  state: string,
  street: string,
  name: string,
  desks: number,
  geoName?: string,
];

// The first office is the headquarters.
const GLOBEX_US: readonly UnitedStates[] = [
  ['10001', '450 West 33rd Street', 'Globex Headquarters', 85],
  ['10001', '5 Penn Plaza', 'Penn Plaza Annex', 22],
  ['10013', '32 Avenue of the Americas', 'Tribeca Studio', 20],
  ['11201', '1 MetroTech Center', 'Brooklyn Engineering Hub', 30],
  ['14604', '100 Chestnut Street', 'Rochester Service Center', 15],
  ['94105', '555 Mission Street', 'San Francisco Mission Street', 48],
  ['94103', '1355 Market Street', 'San Francisco Market Street', 20],
  ['95113', '50 West San Fernando Street', 'San José Labs', 22],
  ['78701', '500 West 2nd Street', 'Austin Downtown', 40],
  ['78758', '11400 Burnet Road', 'Austin Domain Campus', 18],
  ['60606', '222 South Riverside Plaza', 'Chicago Riverside', 26],
  ['02110', '100 Federal Street', 'Boston Federal Street', 20],
  ['98101', '1201 Third Avenue', 'Seattle Third Avenue', 26],
];

const GLOBEX_CANADA: readonly Canada[] = [
  ['M5H 2G4', 'Toronto', '111 Richmond Street West', 'Toronto Richmond Street', 30],
  ['H3B 2B6', 'Montréal', '1 Place Ville Marie', 'Montréal Place Ville Marie', 22],
  ['V6B 4N6', 'Vancouver', '555 West Hastings Street', 'Vancouver Harbour Centre', 15],
];

const GLOBEX_WORLD: readonly World[] = [
  ['DE', '80331', 'München', 'Bavaria', 'Sendlinger Straße 8', 'München Altstadt', 55, 'Munich'],
  ['DE', '80802', 'München', 'Bavaria', 'Leopoldstraße 144', 'München Schwabing', 18, 'Munich'],
  ['DE', '85748', 'Garching bei München', 'Bavaria', 'Parkring 4', 'Forschungszentrum Garching', 14],
  ['DE', '90402', 'Nürnberg', 'Bavaria', 'Königstraße 39', 'Nürnberg Königstor', 12],
  ['DE', '10117', 'Berlin', 'Berlin', 'Friedrichstraße 68', 'Berlin Friedrichstraße', 40],
  ['DE', '50667', 'Köln', 'North Rhine-Westphalia', 'Hohe Straße 52', 'Köln Innenstadt', 14],
  ['CH', '8001', 'Zürich', 'Zürich', 'Bahnhofstrasse 45', 'Zürich Bahnhofstrasse', 18],
  ['GB', 'EC2A 4NE', 'London', 'England', '54 Great Eastern Street', 'London Shoreditch', 40],
  ['GB', 'SE1 9SG', 'London', 'England', '32 London Bridge Street', 'London Bridge', 20],
  ['FR', '75009', 'Paris', 'Île-de-France', '20 boulevard Haussmann', 'Paris Opéra', 26],
  ['FR', '69002', 'Lyon', 'Auvergne-Rhône-Alpes', '31 rue de la République', 'Lyon Presqu’île', 12],
  ['ES', '28013', 'Madrid', 'Madrid', 'Gran Vía 32', 'Madrid Gran Vía', 20],
  ['ES', '15001', 'A Coruña', 'Galicia', 'Avenida de la Marina 12', 'A Coruña Mariña', 10],
  ['PL', '00-001', 'Warsaw', 'Masovia', 'ulica Świętokrzyska 31', 'Warszawa Centrum', 20],
  ['PL', '90-001', 'Łódź', 'Łódź', 'ulica Piotrkowska 40', 'Łódź Piotrkowska', 14],
  ['PL', '31-001', 'Kraków', 'Lesser Poland', 'ulica Bracka 6', 'Kraków Stare Miasto', 22],
  ['IS', '101', 'Reykjavík', 'Capital Region', 'Laugavegur 26', 'Reykjavík Miðborg', 9],
  ['UA', '01001', 'Kyiv', 'Kyiv', 'вулиця Хрещатик 22', 'Київ, Хрещатик', 20],
  ['JP', '100-0005', 'Tokyo', 'Tokyo', '丸の内2-4-1', '東京本社', 34],
  ['JP', '150-0002', 'Tokyo', 'Tokyo', '渋谷2-21-1', '渋谷開発センター', 18],
  ['JP', '530-0001', 'Osaka', 'Osaka', '梅田3-1-3', '大阪支社', 14],
  ['BR', '01310-100', 'São Paulo', 'São Paulo', 'Avenida Paulista 1000', 'São Paulo Paulista', 26],
  ['MX', '06600', 'Mexico City', 'Mexico City', 'Paseo de la Reforma 222', 'Ciudad de México Reforma', 20],
  ['IN', '560001', 'Bengaluru', 'Karnataka', 'Mahatma Gandhi Road 45', 'Bengaluru MG Road', 45],
  ['IN', '411001', 'Pune', 'Maharashtra', 'Bund Garden Road 8', 'Pune Bund Garden', 18],
  ['EG', '11511', 'Cairo', 'Cairo', 'شارع طلعت حرب 12', 'القاهرة وسط البلد', 16],
  ['SG', '048616', 'Singapore', 'Singapore', '1 Raffles Place', 'Singapore Raffles Place', 18],
  ['AU', '2000', 'Sydney', 'New South Wales', '264 George Street', 'Sydney George Street', 16],
];

const INITECH_US: readonly UnitedStates[] = [
  ['78701', '98 San Jacinto Boulevard', 'Initech Austin', 8],
  ['75201', '2100 Ross Avenue', 'Initech Dallas', 4],
];

const unitedStates = ([zip, street, name, desks]: UnitedStates): Place => ({ country: 'US', zip, street, name, desks });

const canada = ([zip, city, street, name, desks]: Canada): Place => ({ country: 'CA', zip, city, street, name, desks });

const world = ([country, zip, city, state, street, name, desks, geoName]: World): Place => ({
  ...{ country, zip, city, state, street, name, desks },
  ...(geoName ? { geoName } : {}),
});

/** Where each organization has offices, its headquarters first. */
export const PLACES: Readonly<Record<SeedOrg, readonly Place[]>> = {
  globex: [...GLOBEX_US.map(unitedStates), ...GLOBEX_CANADA.map(canada), ...GLOBEX_WORLD.map(world)],
  initech: INITECH_US.map(unitedStates),
};
