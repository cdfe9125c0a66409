import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/obs/metrics.ts';

const series = async (metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> =>
  (await metrics.collect()).body.split('\n').filter((line) => line.startsWith(name));

describe('metrics', () => {
  it('two in one process do not share a registry', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.refused(413);
    expect(await series(one, 'sluice_refused_requests_total')).toEqual([
      'sluice_refused_requests_total{status="413"} 1',
    ]);
    expect(await series(two, 'sluice_refused_requests_total')).toEqual([]);
  });

  it('count reviews, looks, conversions, reconciles and calls', async () => {
    const metrics = createMetrics();
    metrics.reviewed('/mutate-enrolled', 'patch', 0.002);
    metrics.lookedLive('failed', 'watch-silent', 0.5);
    metrics.converted('converted', 3);
    metrics.reconciled('rollout', 'done', 0.003);
    metrics.called('PATCH', 409, 0.004);
    metrics.called('GET', 200, 0.004);
    metrics.called('GET', 0, 0.004);
    metrics.certificateExpires(1_700_000_000);
    metrics.leading(true);
    const { body, contentType } = await metrics.collect();
    expect(contentType).toContain('text/plain');
    for (const line of [
      'sluice_review_seconds_count{path="/mutate-enrolled",verdict="patch"} 1',
      'sluice_live_look_seconds_count{outcome="failed",reason="watch-silent"} 1',
      'sluice_converted_objects_total{outcome="converted"} 3',
      'sluice_reconcile_seconds_count{controller="rollout",outcome="done"} 1',
      'sluice_api_call_seconds_count{method="PATCH",status="409"} 1',
      'sluice_api_call_seconds_count{method="GET",status="2xx"} 1',
      'sluice_api_call_seconds_count{method="GET",status="none"} 1',
      'sluice_certificate_expiry_timestamp_seconds 1700000000',
      'sluice_leader 1',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
  });

  it('read queues and watches when somebody looks', async () => {
    const metrics = createMetrics();
    let oldestMs = 0;
    metrics.readQueues(() => [{ controller: 'rollout', ready: 4, waiting: 2, running: 1, oldestMs }]);
    metrics.readWatches(() => [
      { resource: 'pods', silentMs: 100 },
      { resource: 'pods', silentMs: 2_500 },
    ]);
    oldestMs = 1_500;
    expect(await series(metrics, 'sluice_queue_keys')).toEqual([
      'sluice_queue_keys{controller="rollout",state="ready"} 4',
      'sluice_queue_keys{controller="rollout",state="waiting"} 2',
      'sluice_queue_keys{controller="rollout",state="running"} 1',
    ]);
    expect(await series(metrics, 'sluice_queue_oldest_seconds')).toEqual([
      'sluice_queue_oldest_seconds{controller="rollout"} 1.5',
    ]);
    expect(await series(metrics, 'sluice_watch_silent_seconds')).toEqual([
      'sluice_watch_silent_seconds{resource="pods"} 2.5',
    ]);
  });

  it('do not grow with what clients send', async () => {
    const metrics = createMetrics();
    for (let i = 0; i < 1_000; i += 1) metrics.reviewed(`/path-${i}`, 'allow', 0.001);
    metrics.called('BREW', 200, 0.001);
    const paths = await series(metrics, 'sluice_review_seconds_count');
    expect(paths).toHaveLength(101);
    expect(paths).toContain('sluice_review_seconds_count{path="other",verdict="allow"} 900');
    expect(await series(metrics, 'sluice_api_call_seconds_count{method="other"')).toHaveLength(1);
  });
});
