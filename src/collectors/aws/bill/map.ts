import { DAY_MS } from '../../../model/window.js';
import type { BillSum } from '../../../store/bill.js';
import { BillLine } from './schema.js';

/** `lineItem/UsageStartDate` and `line_item_usage_start_date` are one column: of CUR 1 and 2. */
export function columnName(name: string): string {
  return name
    .trim()
    .replace(/\//g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/^product_region$/, 'product_region_code');
}

/** `USE2-BoxUsage:m5.xlarge`, `SpotUsage:r5.4xlarge`; a bare `BoxUsage` is m1.small. */
const USAGE = /^(?:[A-Z]{2,4}\d?-)?(BoxUsage|SpotUsage|DedicatedUsage|HostBoxUsage):?([\w.-]*)$/;

/** Regions by the code before a usage type; what is not here must name its region in a column. Source: AWS billing codes. */
const REGION_OF_CODE: Readonly<Record<string, string>> = {
  USE1: 'us-east-1',
  USE2: 'us-east-2',
  USW1: 'us-west-1',
  USW2: 'us-west-2',
  CAN1: 'ca-central-1',
  EU: 'eu-west-1',
  EUW1: 'eu-west-1',
  EUW2: 'eu-west-2',
  EUW3: 'eu-west-3',
  EUC1: 'eu-central-1',
  EUN1: 'eu-north-1',
  APN1: 'ap-northeast-1',
  APN2: 'ap-northeast-2',
  APS1: 'ap-southeast-1',
  APS2: 'ap-southeast-2',
  APS3: 'ap-south-1',
  SAE1: 'sa-east-1',
};

/** What was effectively paid for a line: discounts and commitments in. Undefined: no hour of use (fees, taxes, credits). */
function effectiveUsd(line: BillLine): number | undefined {
  switch (line.line_item_line_item_type) {
    case 'Usage':
      return line.line_item_net_unblended_cost ?? line.line_item_unblended_cost;
    case 'SavingsPlanCoveredUsage':
      return line.savings_plan_net_savings_plan_effective_cost ?? line.savings_plan_savings_plan_effective_cost;
    case 'DiscountedUsage':
      return line.reservation_net_effective_cost ?? line.reservation_effective_cost;
    default:
      return undefined;
  }
}

function timeOf(value: string | Date): number {
  return value instanceof Date ? value.getTime() : Date.parse(value.replace(' ', 'T').replace(/(\d)$/, '$1Z'));
}

/** Hours of an instance and what they cost; undefined for every other line. */
export function instanceHours(line: BillLine): BillSum | undefined {
  if (line.line_item_product_code !== 'AmazonEC2') return undefined;
  const usageType = line.line_item_usage_type ?? '';
  const [, usage, type = ''] = USAGE.exec(usageType) ?? [];
  const usd = effectiveUsd(line);
  const atMs = timeOf(line.line_item_usage_start_date);
  const hours = line.line_item_usage_amount;
  if (!usage || usd === undefined || hours === undefined || Number.isNaN(atMs)) return undefined;
  const code = /^([A-Z]{2,4}\d?)-/.exec(usageType)?.[1];
  const region = line.product_region_code || (code ? REGION_OF_CODE[code] : 'us-east-1');
  const instanceType = line.product_instance_type || type || 'm1.small';
  if (!region) return undefined;
  return {
    dayMs: Math.floor(atMs / DAY_MS) * DAY_MS,
    region,
    instanceType,
    lifecycle: usage === 'SpotUsage' ? 'spot' : 'on-demand',
    resource: line.line_item_resource_id ?? '',
    hours,
    usd,
  };
}

/** Prices here are in dollars; a bill that names no currency is in them. */
const CURRENCY = 'USD';

/** Sums lines by day and resource, so that memory grows with these and not with the bill. */
export class BillSums {
  private readonly sums = new Map<string, BillSum>();
  /** Lines read, and those that are no line of a bill. */
  lines = 0;
  bad = 0;
  /** Lines in other currencies, by its code. */
  readonly foreign = new Map<string, number>();

  add(raw: Record<string, unknown>): void {
    this.lines++;
    const line = BillLine.safeParse(raw).data;
    if (!line) {
      this.bad++;
      return;
    }
    const currency = line.line_item_currency_code || CURRENCY;
    if (currency !== CURRENCY) {
      this.foreign.set(currency, (this.foreign.get(currency) ?? 0) + 1);
      return;
    }
    const hours = instanceHours(line);
    if (!hours) return;
    const key = [hours.dayMs, hours.region, hours.instanceType, hours.lifecycle, hours.resource].join('|');
    const known = this.sums.get(key);
    if (!known) this.sums.set(key, hours);
    else {
      known.hours += hours.hours;
      known.usd += hours.usd;
    }
  }

  values(): Iterable<BillSum> {
    return this.sums.values();
  }
}
