import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { initialConfig } from '../../src/config/init.js';
import { configKeys, loadConfig, unknownWord } from '../../src/config/load.js';
import { Config } from '../../src/config/schema.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function load(yaml: string, environment: Record<string, string> = {}, store?: string): Config {
  const file = join(folder, `${files++}.yaml`);
  writeFileSync(file, yaml);
  return loadConfig({ file, environment, overrides: { store } });
}

describe('loadConfig', () => {
  it('has a default for every key', () => {
    const config = load('');
    expect(config).toEqual(Config.parse({}));
    expect(config).toMatchObject({
      store: 'sparkfit.db',
      prometheus: { stepSeconds: 300 },
      analysis: { since: '14d' },
    });
  });

  it('keeps the defaults beside what the file sets', () => {
    expect(load('prometheus: { url: http://p:9090 }').prometheus).toMatchObject({
      url: 'http://p:9090',
      concurrency: 4,
    });
  });

  it('takes a key without a value for one that was left out', () => {
    expect(load('aws:\n  region:\nspark:\n# logs: /logs\n')).toEqual(Config.parse({}));
  });

  it('lets the environment win over the file, and the command line over both', () => {
    const environment = { SPARKFIT_STORE: 'env.db', SPARKFIT_PROMETHEUS_URL: 'http://env', KUBECONFIG: '' };
    expect(load('store: file.db\nprometheus: { url: http://file, stepSeconds: 60 }', environment)).toMatchObject({
      store: 'env.db',
      prometheus: { url: 'http://env', stepSeconds: 60 },
    });
    expect(load('store: file.db', environment, 'option.db').store).toBe('option.db');
  });

  it.each([
    ['spork: {}', "unknown key 'spork'", "Did you mean 'spark'?"],
    ['prometheus: { urls: x }', "unknown key 'prometheus.urls'", "Did you mean 'url'?"],
    ['aws: { spotHistory: 3 }', "unknown key 'aws.spotHistory'", "Did you mean 'spotHistoryDays'?"],
    ['store: 5', 'store: expected string, received number', 'sparkfit init --print'],
    ['prometheus: { stepSeconds: 1 }', 'prometheus.stepSeconds: ', 'sparkfit init --print'],
    ['aws: text', 'aws: expected object', 'sparkfit init --print'],
    ['analysis: { risk: reckless }', 'analysis.risk: expected one of safe, balanced, thrifty', 'sparkfit init --print'],
    ['analysis: { since: fortnight }', "analysis.since: 'fortnight' is no time", 'sparkfit init --print'],
    ['timeZone: Mars/Base', "timeZone: 'Mars/Base' is no time zone", 'sparkfit init --print'],
    ['- a\n- b', 'expected keys and values at the top level', 'sparkfit init'],
    ['store: [a\nx: 1', 'at line 2, column 1', 'YAML'],
    ['store: a\nstore: b', 'Map keys must be unique', 'YAML'],
    ['store: *missing', 'Unresolved alias', 'YAML'],
  ])('%j is refused in one line that names the file and the key', (yaml, message, hint) => {
    expect(() => load(yaml)).toThrow(
      expect.objectContaining({
        name: 'ConfigError',
        exitCode: 2,
        message: expect.stringMatching(/^[^\n]*\.yaml: [^\n]+$/),
        hint: expect.stringContaining(hint),
      }),
    );
    expect(() => load(yaml)).toThrow(message);
  });

  it('names the option where the command line is off', () => {
    expect(() => loadConfig({ environment: {}, overrides: { strategy: 'xx' } })).toThrow(
      "--strategy 'xx': expected one of own, krr, vpa",
    );
  });

  it('names the variable where the environment is off', () => {
    expect(() => load('', { SPARKFIT_TIME_ZONE: 'Nowhere' })).toThrow("SPARKFIT_TIME_ZONE: timeZone: 'Nowhere'");
  });

  it('needs the file that --config names, and says so of a folder too', () => {
    const environment = {};
    expect(() => loadConfig({ file: join(folder, 'none.yaml'), environment })).toThrow(/none\.yaml: no such file/);
    expect(() => loadConfig({ file: folder, environment })).toThrow(
      expect.objectContaining({ exitCode: 2, message: `${folder}: is a directory` }),
    );
  });
});

describe('the schema', () => {
  it('describes every key', () => {
    expect(configKeys().filter((key) => key.description === '')).toEqual([]);
  });

  it('gives each key an environment name of its own', () => {
    const names = configKeys().flatMap((key) => key.env ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['KUBECONFIG', 'SPARKFIT_PROMETHEUS_URL', 'SPARKFIT_SPARK_LOGS', 'SPARKFIT_STORE']),
    );
  });
});

describe('initialConfig', () => {
  it('read back gives the defaults, every key present', () => {
    expect(Config.parse(parse(initialConfig()))).toEqual(Config.parse({}));
    for (const { path } of configKeys()) expect(initialConfig()).toContain(`${path.at(-1)}:`);
  });
});

describe('unknownWord', () => {
  it('names the nearest word and all of them', () => {
    expect(unknownWord('source', 'prometeus', ['kubernetes', 'prometheus'])).toMatchObject({
      message: "unknown source 'prometeus'",
      hint: "Did you mean 'prometheus'? Known here: kubernetes, prometheus.",
    });
  });
});
