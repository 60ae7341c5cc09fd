// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how templates write a reference
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cidrBlocks } from './cidr.ts';
import { readDocument } from './document.ts';
import type { Scope } from './intrinsics.ts';
import { evaluate, noValue } from './intrinsics.ts';
import { resolveParameters } from './parameters.ts';
import { referencesIn } from './references.ts';
import { readTemplate } from './template.ts';

const scope: Scope = {
  ref: (name) =>
    name === 'AWS::NoValue' ? noValue : { Name: 'hub', Zones: ['a', 'b', 'c'], Cidr: '10.0.0.0/16' }[name],
  attribute: (id, name) => `<${id}.${name}>`,
  condition: (name) => name === 'Yes',
  mapped: (...keys) => keys.join('/'),
  exported: (name) => `exported ${name}`,
  zones: () => ['us-east-1a', 'us-east-1b'],
};
const evaluated = (yaml: string): unknown => evaluate(readDocument(yaml), scope);

test.each([
  ['!Ref Name', 'hub'],
  ['!GetAtt Db.Endpoint.Address', '<Db.Endpoint.Address>'],
  ['!GetAtt [Db, Arn]', '<Db.Arn>'],
  ["!Sub '${Name}-${Db.Arn} ${!Literal}'", 'hub-<Db.Arn> ${Literal}'],
  ["!Sub ['${A}/${Name}', {A: !Select [1, !Ref Zones]}]", 'b/hub'],
  ["!Join ['-', [x, !Ref Name, 1]]", 'x-hub-1'],
  ["!Select [0, !Split [',', 'p,q']]", 'p'],
  ['!If [Yes, 1, 2]', 1],
  ['[!If [No, 1, !Ref "AWS::NoValue"], 3]', [3]],
  ['{a: !If [No, 1, !Ref "AWS::NoValue"], b: 3}', { b: 3 }],
  ['!And [!Equals [1, "1"], !Not [!Condition No], !Or [!Condition No, !Condition Yes]]', true],
  ['!FindInMap [M, top, second]', 'M/top/second'],
  ['!ImportValue x', 'exported x'],
  ['!GetAZs ""', ['us-east-1a', 'us-east-1b']],
  ['!Select [2, !Cidr [!Ref Cidr, 6, 13]]', '10.0.64.0/19'],
  ['!Base64 hub', 'aHVi'],
  ['{"Fn::Join": ["", ["a", {"Ref": "Name"}]]}', 'ahub'],
  [
    '{Statement: {Effect: Allow, Condition: {StringEquals: {a: b}}}}',
    {
      Statement: { Effect: 'Allow', Condition: { StringEquals: { a: 'b' } } },
    },
  ],
])('%s', (yaml, expected) => {
  expect(evaluated(yaml)).toEqual(expected);
});

test('blocks that Fn::Cidr cuts lie in order, side by side, inside their own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 24 }), fc.integer({ min: 4, max: 8 }), (length, bits) => {
      const count = Math.min(2 ** (32 - length - bits), 256);
      const starts = cidrBlocks(`10.0.0.0/${length}`, count, bits).map((block) => {
        const [address = '', size] = block.split('/');
        expect(size).toBe(String(32 - bits));
        return address.split('.').reduce((value, byte) => value * 256 + Number(byte), 0);
      });
      expect(starts).toEqual(Array.from({ length: count }, (_, index) => 10 * 2 ** 24 + index * 2 ** bits));
    }),
  );
});

test('references are found in every form, the branch that is not chosen left out', () => {
  const value = readDocument(
    "{a: !Ref A, b: !GetAtt B.Arn, c: !Sub ['${C} ${D.Id} ${own}', {own: !Ref E}], f: !If [Yes, !Ref F, !Ref G]}",
  );
  const names = referencesIn(value, (condition) => condition === 'Yes').map(({ name }) => name);
  expect(names.sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
});

test.each([
  ['Resources: {}', 'Template format error: At least one Resources member must be defined.'],
  ['Resources: {A: {Kind: x}}', '[/Resources/A] Every Resources object must contain a Type member.'],
  ['Resources: {A: {Type: x, Propertys: {}}}', "Invalid template resource property 'Propertys'"],
  ['Resources: [\n', 'Template format error: YAML not well-formed. (line'],
  ['Transform: x\nResources: {A: {Type: x}}', 'Invalid template property or properties [Transform]'],
])('%s is refused', (body, message) => {
  expect(() => readTemplate(body)).toThrow(message);
});

test('parameters are refused in the words of CloudFormation, missing ones all at once', async () => {
  const template = readTemplate(`
    Parameters:
      A: {Type: Number, MinValue: 3}
      B: {Type: String, AllowedValues: [x, y]}
      C: {Type: CommaDelimitedList, Default: 'p, q'}
    Resources: {R: {Type: x}}`);
  const resolve = (values: Record<string, string>) =>
    resolveParameters(template, {
      given: Object.entries(values).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      stored: async () => '',
    });
  expect((await resolve({ A: '3', B: 'x' })).get('C')?.value).toEqual(['p', 'q']);
  await expect(resolve({})).rejects.toThrow('Parameters: [A, B] must have values');
  await expect(resolve({ A: '3', B: 'x', D: '' })).rejects.toThrow(
    'Parameters: [D] do not exist in the template',
  );
  await expect(resolve({ A: '2', B: 'x' })).rejects.toThrow("Parameter 'A' must be a number not less than 3");
  await expect(resolve({ A: 'two', B: 'x' })).rejects.toThrow("Parameter 'A' must be a number");
  await expect(resolve({ A: '3', B: 'z' })).rejects.toThrow("Parameter 'B' must be one of AllowedValues");
});
