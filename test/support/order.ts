import { defineEntity, slugOf } from '../../src/entities/core/define.ts';
import { integer, keySafe, line } from '../../src/entities/core/formats.ts';
import { money } from '../../src/entities/money.ts';

let numbers = 0;

/** The number that the last order got by default. */
export const lastNumber = (): number => numbers;

/** An entity with values of every type, within each other. */
export const Order = defineEntity({
  name: 'order',
  description: 'What somebody wants.',
  attributes: {
    title: { type: 'string', format: line(20), description: 'Title.' },
    titleKey: slugOf('title'),
    state: { type: ['open', 'paid'], required: true, default: 'open', description: 'State.' },
    number: {
      type: 'number',
      required: true,
      format: integer(0, 999),
      default: () => ++numbers,
      description: 'Number.',
    },
    urgency: { type: ['high', 'low'], description: 'Urgency.' },
    tags: { type: 'set', items: 'string', format: line(10), description: 'Tags.' },
    sizes: { type: 'set', items: 'number', format: integer(0, 99), description: 'Sizes.' },
    teams: { type: 'set', items: ['red', 'blue'], required: true, default: () => ['red'], description: 'Teams.' },
    address: {
      type: 'map',
      description: 'Where to.',
      properties: {
        lines: { type: 'list', required: true, items: { type: 'string', format: line(10) }, description: 'Lines.' },
        floors: { type: 'set', items: 'number', description: 'Floors.' },
        doorCode: { type: 'string', hidden: true, description: 'For the courier alone.' },
        kind: { type: ['home', 'work'], required: true, default: 'home', description: 'Kind.' },
      },
    },
    parts: {
      type: 'list',
      description: 'What of.',
      items: {
        type: 'map',
        properties: {
          name: { type: 'string', required: true, format: line(10), description: 'Name.' },
          price: { ...money, description: 'Price.' },
          colors: { type: 'set', items: ['black', 'white'], description: 'Colors.' },
          supplier: { type: 'string', hidden: true, description: 'Supplier.' },
        },
      },
    },
    shop: { type: 'string', required: true, readOnly: true, format: keySafe, description: 'Shop.' },
  },
  indexes: {
    shops: { index: 'gsi1', pk: ['shop'], sk: ['state', 'titleKey', 'order'] },
    numbers: { index: 'gsi2', pk: ['shop'], sk: ['urgency', 'number', 'order'] },
    titles: { index: 'gsi3', pk: ['titleKey'], sk: ['order'] },
  },
});
