import type {
  CreateRegexPatternSetRequest,
  CreateRegexPatternSetResponse,
  DeleteRegexPatternSetRequest,
  GetRegexPatternSetRequest,
  GetRegexPatternSetResponse,
  ListRegexPatternSetsRequest,
  ListRegexPatternSetsResponse,
  RegexPatternSet,
  UpdateRegexPatternSetRequest,
  UpdateRegexPatternSetResponse,
  WebACL,
} from '@aws-sdk/client-wafv2';
import { refuse, texts, textViolations } from './constraints.ts';
import { invalidParameter, overLimit } from './errors.ts';
import { createItem, findItem, listItems, lockedItem, replaceContent, summarize } from './item.ts';
import { deleteSet } from './referenced-set.ts';
import type { Wafv2State } from './state.ts';

export function regexSetHandlers(state: Wafv2State) {
  const { regexSets } = state;
  return {
    CreateRegexPatternSet: (input: CreateRegexPatternSetRequest): CreateRegexPatternSetResponse => {
      const { Name, Description = '', RegularExpressionList } = input;
      const item = createItem(state, regexSets, {
        kind: 'regexpatternset',
        input,
        contentOf: (made) => checked(state, { Name, ...made, Description, RegularExpressionList }),
      });
      return { Summary: summarize(item) };
    },
    GetRegexPatternSet: (input: GetRegexPatternSetRequest): GetRegexPatternSetResponse => {
      const { content, lockToken } = findItem(regexSets, input);
      return { RegexPatternSet: content, LockToken: lockToken };
    },
    UpdateRegexPatternSet: (input: UpdateRegexPatternSetRequest): UpdateRegexPatternSetResponse => {
      const item = lockedItem(regexSets, input);
      const { Description = '', RegularExpressionList } = input;
      const content = checked(state, { ...item.content, Description, RegularExpressionList });
      return replaceContent(state, item, content);
    },
    DeleteRegexPatternSet: (input: DeleteRegexPatternSetRequest) => deleteSet(state, regexSets, input),
    ListRegexPatternSets: (input: ListRegexPatternSetsRequest): ListRegexPatternSetsResponse => {
      const { items, NextMarker } = listItems(regexSets, input);
      return { RegexPatternSets: items.map(summarize), NextMarker };
    },
  };
}

/** WAF Developer Guide, "AWS WAF quotas". */
const mostPatterns = 10;

function checked({ ports }: Wafv2State, set: RegexPatternSet): RegexPatternSet {
  const { ARN = '', Name = '', Description, RegularExpressionList: patterns = [] } = set;
  refuse([
    ...textViolations('description', Description || undefined, texts.description),
    ...patterns.flatMap(({ RegexString }) => [...textViolations('regexString', RegexString, texts.regex)]),
  ]);
  if (patterns.length > mostPatterns) throw overLimit(`${mostPatterns} patterns in a regex pattern set`);
  const problems = ports.check?.(probeOf(set), { ipSets: {}, regexSets: { [ARN]: set } }) ?? [];
  if (problems.length > 0) throw invalidParameter('REGEX_PATTERN_SET', Name, problems.join('; '));
  return set;
}

/** The least web ACL that uses the set: what refuses it would refuse every other. */
function probeOf({ ARN, Name }: RegexPatternSet): WebACL {
  const VisibilityConfig = {
    SampledRequestsEnabled: false,
    CloudWatchMetricsEnabled: false,
    MetricName: Name,
  };
  const RegexPatternSetReferenceStatement = {
    ARN,
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: 'NONE' as const }],
  };
  const rule = { Name, Priority: 0, Action: { Count: {} }, Statement: { RegexPatternSetReferenceStatement } };
  return {
    Name,
    Id: undefined,
    ARN,
    DefaultAction: { Allow: {} },
    VisibilityConfig,
    Rules: [{ ...rule, VisibilityConfig }],
  };
}
