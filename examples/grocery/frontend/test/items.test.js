import assert from 'node:assert/strict';
import { test } from 'node:test';
import { label, parse, summary } from '../src/items.js';

test('a number in front says how many', () => {
  assert.deepEqual(parse('milk'), { name: 'milk', quantity: 1 });
  assert.deepEqual(parse(' 2 oat milk '), { name: 'oat milk', quantity: 2 });
  assert.deepEqual(parse('3x apples'), { name: 'apples', quantity: 3 });
  assert.deepEqual(parse('3 × apples'), { name: 'apples', quantity: 3 });
});

test('a number in a name is part of it', () => {
  assert.deepEqual(parse('7up'), { name: '7up', quantity: 1 });
  assert.deepEqual(parse('0 milk'), { name: '0 milk', quantity: 1 });
  assert.deepEqual(parse('1000 napkins'), { name: '1000 napkins', quantity: 1 });
});

test('nothing is no item', () => {
  assert.equal(parse('   '), undefined);
});

test('a line says how many, what and for whom', () => {
  const people = [{ id: 7, name: 'Ada' }];
  assert.equal(label({ name: 'milk', quantity: 2, personId: null }, people), '2 × milk');
  assert.equal(label({ name: 'tea', quantity: 1, personId: 7 }, people), 'tea for Ada');
  assert.equal(label({ name: 'tea', quantity: 1, personId: 8 }, people), 'tea');
});

test('the list is summed up in words', () => {
  assert.equal(summary([]), 'Nothing on the list');
  assert.equal(summary([{ bought: true }]), 'All bought');
  assert.equal(summary([{ bought: true }, { bought: false }, { bought: false }]), '2 to buy');
});
