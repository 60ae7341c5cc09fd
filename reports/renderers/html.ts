import { readFileSync } from 'node:fs';
import type { Report } from '../report.ts';

/**
 * One self-contained file. The report travels as inert JSON and the page builds its text with `textContent` only,
 * so that nothing of a deployment is ever read as markup.
 */
export function renderHtml(report: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${plain(report.headline)}</title>
<style>${webFile('page.css')}</style>
</head>
<body>
<main></main>
<script type="application/json" id="report">${inertJson(report)}</script>
<script>${webFile('page.js')}</script>
</body>
</html>
`;
}

function webFile(name: string): string {
  return readFileSync(new URL(`../web/${name}`, import.meta.url), 'utf8');
}

function inertJson(report: Report): string {
  return JSON.stringify(report).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function plain(value: string): string {
  return value.replace(/[<>&"']/g, '');
}
