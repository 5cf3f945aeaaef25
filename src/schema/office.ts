import { Employee, Office } from '../entities/index.ts';
import { officeSearch } from '../search/index.ts';
import { builder } from './builder.ts';
import { searchField } from './search/field.ts';

builder.entity(Office, {
  fields: (t) => ({
    employees: t.toMany(Employee, 'workplaces', {
      by: ['team'],
      description: 'Those who work here, by team and title.',
    }),
  }),
});

builder.queryFields((t) => ({
  office: t.byId(Office),
  offices: t.list(Office, 'locations', {
    by: ['country', 'stateKey', 'cityKey', 'zipKey'],
    description:
      'Offices by place. Narrow down from the left: country, state, city, zip. Case and accents do not count.',
  }),
  searchOffices: searchField(t, officeSearch, {
    description: 'Offices by words, and near a place, nearest first.',
  }),
}));

const authScopes = { may: 'offices:write' } as const;

builder.mutationFields((t) => ({
  createOffice: t.create(Office, { description: 'Opens an office.', authScopes }),
  updateOffice: t.update(Office, { authScopes }),
  closeOffice: t.delete(Office, { description: 'Deletes an office that nobody works at any more.', authScopes }),
}));
