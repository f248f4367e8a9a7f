import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, concat, item } from '../test-support/bytes.js';
import { Tag } from './constants.js';
import { Items, type Malformation } from './items.js';

const OPCODE = '11 0001 15';
const MALFORMATIONS = [
  'item_past_end',
  'tag_twice',
  'opcode_length',
  'client_ip_length',
  'server_ip_length',
  'compliance_region_length',
] as const satisfies readonly Malformation[];
const KNOWN_TAGS: readonly number[] = Object.values(Tag);

describe('Items', () => {
  it('reads every item of the protocol, in any order', () => {
    const values = new Map([
      [Tag.CERTIFICATE_DIGEST, filled(32, 1)],
      [Tag.SERVER_NAME, filled(11, 2)],
      [Tag.CLIENT_IP, filled(4, 3)],
      [Tag.SKI, filled(20, 4)],
      [Tag.SERVER_IP, filled(16, 5)],
      [Tag.CERTIFICATE_ID, filled(1, 6)],
      [Tag.OPCODE, filled(1, 7)],
      [Tag.PAYLOAD, filled(300, 8)],
      [Tag.CUSTOM_FUNCTION_NAME, filled(3, 9)],
      [Tag.EXTRA, filled(5, 10)],
      [Tag.TRACING_SPAN, filled(7, 11)],
      [Tag.REQUEST_CONTEXT, filled(2, 12)],
      [Tag.COMPLIANCE_REGION, filled(1, 13)],
      [Tag.PADDING, filled(6, 0)],
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray([...values], { minLength: values.size }), (shuffled) => {
        expect(readItems(concat(...shuffled.map(([tag, value]) => item(tag, value))))).toEqual(values);
      }),
    );
  });

  it('reads the values of single bytes', () => {
    read(bytes('17 0001 0d 11 0001 07'));
    expect([items.byte(Tag.OPCODE), items.byte(Tag.COMPLIANCE_REGION)]).toEqual([7, 13]);
    read(bytes(''));
    expect([items.byte(Tag.OPCODE), items.byte(Tag.COMPLIANCE_REGION)]).toEqual([undefined, undefined]);
  });

  it('reads a body that lies among other bytes', () => {
    const among = bytes(`ffff ${OPCODE} 12 0001 aa`);
    expect(items.read(among, 2, 6)).toBeUndefined();
    expect([items.byte(Tag.OPCODE), items.has(Tag.PAYLOAD)]).toEqual([0x15, false]);
    expect(items.read(among, 2, 9)).toBe('item_past_end');
  });

  it('copies nothing', () => {
    const body = bytes('12 0003 aabbcc');
    expect(read(body).get(Tag.PAYLOAD)?.buffer).toBe(body.buffer);
  });

  it.each([
    ['', 'item_past_end', '12 0001'],
    ['by one byte', 'item_past_end', '12 0003 aabb'],
    ['by as much as can be', 'item_past_end', `${OPCODE} 12 ffff aabb`],
    ['though its tag is unknown', 'item_past_end', '7f 0002 aa'],
    ['though it is padding', 'item_past_end', `${OPCODE} 20 03e8 00`],
    ['with the same value', 'tag_twice', `${OPCODE} ${OPCODE}`],
    ['with something between', 'tag_twice', '12 0001 aa 7f 0000 12 0001 bb'],
    ['with both values empty', 'tag_twice', '02 0000 02 0000'],
    ['with one value empty', 'tag_twice', '02 0000 02 0001 61'],
    ['though it is padding', 'tag_twice', '20 0001 00 20 0001 00'],
    ['empty', 'opcode_length', '11 0000'],
    ['of two bytes', 'opcode_length', '11 0002 0015'],
    ['of 3 bytes', 'client_ip_length', '03 0003 7f0001'],
    ['of 5 bytes', 'client_ip_length', '03 0005 7f00000100'],
    ['of 15 bytes', 'client_ip_length', `03 000f ${'00'.repeat(15)}`],
    ['of 17 bytes', 'server_ip_length', `05 0011 ${'00'.repeat(17)}`],
    ['of 1 byte', 'server_ip_length', '05 0001 7f'],
    ['of two bytes', 'compliance_region_length', '17 0002 0001'],
  ])('tells apart malformation %s: %s', (_case, malformation, body) => {
    expect(readItems(bytes(body))).toBe(malformation);
  });

  it('finds every tag of the protocol that stands there twice, and no other', () => {
    const allTags = Array.from({ length: 0x100 }, (_, tag) => tag);
    const foundTwice = allTags.filter((tag) => {
      const either = item(tag, filled(tag === Tag.CLIENT_IP || tag === Tag.SERVER_IP ? 4 : 1, 1));
      return readItems(concat(either, either)) === 'tag_twice';
    });
    expect(foundTwice).toEqual(KNOWN_TAGS);
  });

  it('takes every item with an empty value for none, the opcode excepted', () => {
    const empties = KNOWN_TAGS.filter((tag) => tag !== Tag.OPCODE).map((tag) => item(tag, filled(0, 0)));
    expect(readItems(concat(...empties))).toEqual(read(bytes('')));
  });

  it.each([
    ['a short SKI', item(Tag.SKI, filled(19, 1))],
    ['a long SKI', item(Tag.SKI, filled(21, 1))],
    ['a short certificate digest', item(Tag.CERTIFICATE_DIGEST, filled(31, 1))],
    ['a long certificate digest', item(Tag.CERTIFICATE_DIGEST, filled(33, 1))],
  ])('takes %s for none', (_case, body) => {
    expect(readItems(body)).toEqual(read(bytes('')));
  });

  it.each(['12', '12 00', 'ff ff'])('ignores the stray bytes %s at the end', (stray) => {
    expect(readItems(bytes(`${OPCODE} ${stray}`))).toEqual(read(bytes(OPCODE)));
  });

  it('does not depend on padding, nor on what is in it', () => {
    read(bytes(`20 0002 dead ${OPCODE}`));
    expect(items.byte(Tag.OPCODE)).toBe(0x15);
  });

  it('tells of any bytes what they hold or which malformation they are', () => {
    const anyItem = fc
      .tuple(fc.constantFrom(...KNOWN_TAGS, 0x00, 0x7f), fc.uint8Array({ maxLength: 40 }))
      .map(([tag, value]) => item(tag, value));
    const bodies = fc
      .array(fc.oneof({ weight: 4, arbitrary: anyItem }, { weight: 1, arbitrary: fc.uint8Array() }))
      .map((parts) => concat(...parts));
    const seen = new Set<string>();
    fc.assert(
      fc.property(bodies, (body) => {
        const outcome = readItems(body);
        seen.add(typeof outcome === 'string' ? outcome : 'items');
        const found = typeof outcome === 'string' ? read(bytes('')) : outcome;
        expect([undefined, 20]).toContain(found.get(Tag.SKI)?.length);
        expect([undefined, 32]).toContain(found.get(Tag.CERTIFICATE_DIGEST)?.length);
        expect([undefined, 4, 16]).toContain(found.get(Tag.CLIENT_IP)?.length);
        expect([undefined, 4, 16]).toContain(found.get(Tag.SERVER_IP)?.length);
      }),
      { numRuns: 1000 },
    );
    expect(seen).toEqual(new Set(['items', ...MALFORMATIONS]));
  });
});

/** What a body holds by tag, without what does not count as present; or its malformation. */
function readItems(body: Uint8Array): ReadonlyMap<Tag, Uint8Array> | Malformation {
  const malformation = items.read(body);
  if (malformation !== undefined) return malformation;
  const found = Object.values(Tag).map((tag) => [tag, items.view(tag)] as const);
  return new Map(found.filter((entry): entry is [Tag, Uint8Array] => entry[1] !== undefined));
}

/** One for all: what a body held must not be found in the next. */
const items = new Items();

function read(body: Uint8Array): ReadonlyMap<Tag, Uint8Array> {
  const read = readItems(body);
  if (typeof read === 'string') throw new Error(`The body is malformed: ${read}`);
  return read;
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}
