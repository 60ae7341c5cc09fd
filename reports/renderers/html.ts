import { readFileSync } from 'node:fs';
import type { Report } from '../report.ts';

/**
 * One self-contained file. The report travels as inert JSON and the page builds its text with `textContent` only,
 * so that nothing of a deployment is ever read as markup.
 */
export function renderHtml(report: Report): string {
  const page = readFileSync(new URL('../web/page.html', import.meta.url), 'utf8');
  const style = readFileSync(new URL('../web/page.css', import.meta.url), 'utf8');
  const script = readFileSync(new URL('../web/page.js', import.meta.url), 'utf8');
  const parts: Record<string, string> = {
    style,
    script,
    report: inertJson(report),
    title: plain(report.headline),
  };
  return page.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '');
}

function inertJson(report: Report): string {
  return JSON.stringify(report).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function plain(value: string): string {
  return value.replace(/[<>&"']/g, '');
}
