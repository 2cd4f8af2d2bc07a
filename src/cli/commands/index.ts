import type { Command } from 'commander';
import type { CommandContext } from '../program.js';
import { alertCommand } from './alert.js';
import { analyzeCommand } from './analyze.js';
import { appCommand } from './app.js';
import { benchCommand } from './bench.js';
import { collectCommand } from './collect.js';
import { costCommand } from './cost.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { explainCommand } from './explain.js';
import { findingsCommand } from './findings.js';
import { initCommand } from './init.js';
import { nightlyCommand } from './nightly.js';
import { reportCommand } from './report.js';
import { savingsCommand } from './savings.js';
import { serveCommand } from './serve.js';
import { spotCommand } from './spot.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  demoCommand,
  doctorCommand,
  initCommand,
  collectCommand,
  analyzeCommand,
  reportCommand,
  serveCommand,
  appCommand,
  costCommand,
  spotCommand,
  nightlyCommand,
  findingsCommand,
  savingsCommand,
  alertCommand,
  benchCommand,
  explainCommand,
];
