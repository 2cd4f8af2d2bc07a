import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { podPatch } from '../../recommend/posture-patch.js';
import { gpuUse, gpuWindow, meanPercent } from '../derived/gpus.js';
import { evidenceOf } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  gpuPercent: z.number().min(0).max(100).default(1).describe('GPU utilisation, mean, below which it does no GPU work'),
  cpuShare: z.number().min(0).default(0.1).describe('CPU use, mean, from this share of the request on is work'),
  leastCores: z.number().min(0).default(0.1).describe('and from this many cores a pod'),
  hours: z.number().positive().default(24).describe('least hours of GPU history'),
});
const TITLE = 'GPU work';

export const gpuMismatch = defineRule({
  id: 'placement/gpu-mismatch',
  title: 'CPU work that holds a GPU',
  severity: 'warning',
  ledger: null,
  needs: { gpus: gpuUse },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const { profile, gpusPerPod, hours } of facts.gpus) {
      const { subject, row } = profile;
      const using = profile.containers.filter(({ gpuRequest }) => gpuRequest);
      const cpuCores = using.reduce((sum, { cpuMeanCores }) => sum + (cpuMeanCores ?? 0), 0);
      const request = using.reduce((sum, { cpuRequestCores }) => sum + (cpuRequestCores ?? 0), 0);
      const gpu = meanPercent(hours);
      const evidence = evidenceOf(gpuWindow(hours, window));
      const works = cpuCores >= Math.max(settings.leastCores, settings.cpuShare * request);
      if (profile.system) yield { state: 'not-applicable', subject, title: `${TITLE}: a part of the cluster itself` };
      else if (hours.length < settings.hours)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: needs ${settings.hours} h of its GPU from DCGM, has ${hours.length}`,
        };
      else if (gpu >= settings.gpuPercent)
        yield { state: 'ok', subject, title: `It uses its GPU: ${gpu.toFixed(0)} % on average` };
      else if (using.every(({ cpuMeanCores }) => cpuMeanCores === null))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: its CPU use was not measured` };
      else if (!works)
        yield { state: 'ok', subject, title: 'It uses neither GPU nor CPU: no work that is in the wrong place' };
      else
        yield {
          state: 'finding',
          subject,
          title: `${gpu.toFixed(1)} % of its GPU, ${cpuCores.toFixed(2)} cores of CPU: work that needs no GPU`,
          evidence: [
            evidence('GPU utilisation mean', gpu, '%', hours.length),
            evidence('CPU usage mean, a pod', cpuCores, 'cores', using[0]?.cpuSamples ?? 0),
            evidence('CPU request, a pod', request, 'cores'),
            evidence('GPUs asked for, a pod', gpusPerPod),
          ],
          confidence: {
            value: 0.8,
            why: `${hours.length} h of DCGM, from ${new Date(hours[0]?.hourMs ?? 0).toISOString().slice(0, 10)} on`,
          },
          recommendation: {
            summary:
              'Run it without a GPU, on a node of CPUs; if it should use the GPU, look why it does not (driver, library, device).',
            risk: 'A program that checks for a GPU when it starts fails without one.',
            patches: [
              podPatch(
                { ...row, apiVersion: null },
                {
                  containers: using.map(({ name }) => ({
                    name,
                    resources: { requests: { 'nvidia.com/gpu': null }, limits: { 'nvidia.com/gpu': null } },
                  })),
                },
              ),
            ],
            backtest: null,
          },
        };
    }
  },
});
