import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, concat, item } from '../test-support/bytes.js';
import { Tag } from './constants.js';
import { type Items, type Malformation, readItems } from './items.js';

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

describe('readItems', () => {
  it('reads every item of the protocol, in any order', () => {
    const values = [
      item(Tag.CERTIFICATE_DIGEST, filled(32, 1)),
      item(Tag.SERVER_NAME, filled(11, 2)),
      item(Tag.CLIENT_IP, filled(4, 3)),
      item(Tag.SKI, filled(20, 4)),
      item(Tag.SERVER_IP, filled(16, 5)),
      item(Tag.CERTIFICATE_ID, filled(1, 6)),
      item(Tag.OPCODE, filled(1, 7)),
      item(Tag.PAYLOAD, filled(300, 8)),
      item(Tag.CUSTOM_FUNCTION_NAME, filled(3, 9)),
      item(Tag.EXTRA, filled(5, 10)),
      item(Tag.TRACING_SPAN, filled(7, 11)),
      item(Tag.REQUEST_CONTEXT, filled(2, 12)),
      item(Tag.COMPLIANCE_REGION, filled(1, 13)),
      item(Tag.PADDING, filled(6, 0)),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(values, { minLength: values.length }), (shuffled) => {
        expect(readItems(concat(...shuffled))).toEqual({
          certificateDigest: filled(32, 1),
          serverName: filled(11, 2),
          clientIp: filled(4, 3),
          ski: filled(20, 4),
          serverIp: filled(16, 5),
          certificateId: filled(1, 6),
          opcode: 7,
          payload: filled(300, 8),
          customFunctionName: filled(3, 9),
          extra: filled(5, 10),
          tracingSpan: filled(7, 11),
          requestContext: filled(2, 12),
          complianceRegion: 13,
        });
      }),
    );
  });

  it('copies nothing', () => {
    const body = bytes('12 0003 aabbcc');
    expect(read(body).payload.buffer).toBe(body.buffer);
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
    expect(readItems(bytes(`20 0002 dead ${OPCODE}`))).toEqual(read(bytes(OPCODE)));
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
        const items = typeof outcome === 'string' ? read(bytes('')) : outcome;
        expect([undefined, 20]).toContain(items.ski?.length);
        expect([undefined, 32]).toContain(items.certificateDigest?.length);
        expect([undefined, 4, 16]).toContain(items.clientIp?.length);
        expect([undefined, 4, 16]).toContain(items.serverIp?.length);
      }),
      { numRuns: 1000 },
    );
    expect(seen).toEqual(new Set(['items', ...MALFORMATIONS]));
  });
});

function read(body: Uint8Array): Items {
  const items = readItems(body);
  if (typeof items === 'string') throw new Error(`The body is malformed: ${items}`);
  return items;
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}
