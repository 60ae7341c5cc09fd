/**
 * Reasonable, not libinjection: the shapes that the canaries and common scanners send. `high` is the
 * sensitivity level that also takes what an ordinary sentence might contain (WAF API reference, SensitivityLevel).
 */
export function looksLikeSqlInjection(text: string, sensitivity: 'LOW' | 'HIGH'): boolean {
  const patterns = sensitivity === 'HIGH' ? [...sqlInjection, ...sqlInjectionHigh] : sqlInjection;
  return patterns.some((pattern) => pattern.test(text));
}

export function looksLikeCrossSiteScripting(text: string): boolean {
  return crossSiteScripting.some((pattern) => pattern.test(text));
}

const sqlInjection = [
  /['"`)]\s*(?:or|and|xor|\|\||&&)\s*\(*\s*(?:['"`]?\w+['"`]?)\s*(?:=|<|>|like|in|is|between)/i,
  /\b(?:or|and)\s+(\d+)\s*=\s*\1\b/i,
  /['"`)\d]\s*union\s+(?:all\s+|distinct\s+)?select\b/i,
  /\bunion\s+(?:all\s+|distinct\s+)?select\b.+\bfrom\b/i,
  /['"`)\d]\s*;\s*(?:drop|delete|insert|update|alter|create|truncate|exec|shutdown|select|declare)\b/i,
  /\b(?:sleep|pg_sleep|benchmark|waitfor\s+delay|load_file|extractvalue|updatexml|xp_cmdshell)\s*[('"]/i,
  /\binformation_schema\s*\.\s*\w+/i,
  /['"`]\s*(?:--|#|\/\*)/,
];

const sqlInjectionHigh = [
  /\bselect\b.+\bfrom\b\s+\w+/i,
  /\b(?:insert\s+into|delete\s+from|drop\s+(?:table|database))\s+\w+/i,
];

const crossSiteScripting = [
  /<\s*\/?\s*(?:script|iframe|object|embed|applet|meta|base|link|style|svg|math|frame|frameset|xml|isindex)\b/i,
  /<[^>]*[\s/"']on[a-z]{3,}\s*=/i,
  /(?:javascript|vbscript|livescript)\s*:/i,
  /data\s*:\s*text\/html/i,
  /<[^>]+\bstyle\s*=[^>]*(?:expression\s*\(|behavior\s*:)/i,
  /<!(?:doctype|entity)\b/i,
];
