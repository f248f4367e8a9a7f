import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { LatencySummary } from '../generator/result.js';
import { LatencyHistogram } from '../histogram.js';
import { spreadOf } from '../spread.js';
import type { Measurement, Report } from './report.js';

/** A page with a script of its own. */
export interface Page {
  readonly title: string;
  /** Draws: assets/report/drawing.js says with what, and the data is there too. */
  readonly script: string;
  /** Anything that JSON can hold. */
  readonly data: unknown;
}

/** Makes one HTML page of a report that needs nothing else: no other file and no network. */
export async function renderPage(report: Report): Promise<string> {
  return renderDocument({ title: report.title, script: await asset('script.js'), data: dataOf(report) });
}

/** Makes one HTML page that needs nothing else, with the look of all reports. */
export async function renderDocument({ title, script, data }: Page): Promise<string> {
  const [style, drawing, plotStyle, plotScript] = await Promise.all([
    asset('style.css'),
    asset('drawing.js'),
    plotLibrary('uPlot.min.css'),
    plotLibrary('uPlot.iife.min.js'),
  ]);
  // So written it ends no script element, whatever is in it.
  const text = JSON.stringify(data).replaceAll('<', String.raw`\u003c`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${plotStyle}${style}</style>
</head>
<body>
<main id="report"></main>
<script type="application/json" id="data">${text}</script>
<script>${plotScript}</script>
<script>(() => {${drawing}})()</script>
<script>(() => {${script}})()</script>
</body>
</html>
`;
}

/** What the page's script draws: the report with curves in the place of histograms. */
function dataOf(report: Report): unknown {
  return { ...report, measurements: report.measurements.map(measurementData) };
}

function measurementData({ result, server, baseline, ...measurement }: Measurement): unknown {
  return {
    ...measurement,
    ...(result !== undefined && {
      result: {
        ...result,
        latency: withCurve(result.latency),
        kinds: mapValues(result.kinds, withoutHistogram),
        phases: mapValues(result.phases, withoutHistogram),
      },
    }),
    ...(server !== undefined && { server: { ...server, cpu: spreadOf(server.cpuPerOperation) } }),
    ...(baseline !== undefined && { baseline: { ...baseline, cpu: spreadOf(baseline.cpuPerOperation) } }),
  };
}

function withoutHistogram({ histogram: _histogram, ...figures }: LatencySummary) {
  return figures;
}

/** With the time at each of many percentiles, the closer together the nearer they are to a hundred. */
function withCurve(summary: LatencySummary) {
  const histogram = LatencyHistogram.parse(summary.histogram);
  const curve = PERCENTILES.filter((percentage) => (100 - percentage) * histogram.count >= 100).map(
    (percentage) => [percentage, histogram.percentile(percentage)],
  );
  return { ...withoutHistogram(summary), curve };
}

/** From 0 to 99.999: twenty for each further nine. */
const PERCENTILES = Array.from({ length: 101 }, (_, index) => 100 - 100 * 10 ** (-index / 20));

function mapValues<From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The same folder seen from the sources and from what is built of them. */
const ASSETS = new URL('../../assets/report/', import.meta.url);

function asset(name: string): Promise<string> {
  return readFile(new URL(name, ASSETS), 'utf8');
}

function plotLibrary(name: string): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');
}
