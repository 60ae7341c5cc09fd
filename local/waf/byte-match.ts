import type { ByteMatchStatement } from '@aws-sdk/client-wafv2';

/** Whether a text (bytes as latin-1) has the searched bytes where the positional constraint wants them. */
export function compileByteMatch({
  SearchString,
  PositionalConstraint,
}: Pick<ByteMatchStatement, 'SearchString' | 'PositionalConstraint'>): (text: string) => boolean {
  const wanted = Buffer.from(SearchString ?? []).toString('latin1');
  switch (PositionalConstraint) {
    case 'EXACTLY':
      return (text) => text === wanted;
    case 'STARTS_WITH':
      return (text) => text.startsWith(wanted);
    case 'ENDS_WITH':
      return (text) => text.endsWith(wanted);
    case 'CONTAINS':
      return (text) => text.includes(wanted);
    case 'CONTAINS_WORD':
      return (text) => containsWord(text, wanted);
    default:
      throw new TypeError(`Cannot match bytes at the position "${PositionalConstraint}"`);
  }
}

/** A word is letters, digits and underscores; what stands next to it must be something else, or the text's end. */
function containsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + word.length])) return true;
  }
  return false;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
