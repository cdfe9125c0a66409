// The state of a cluster as `status` shows it: one row for each process, and whether all is well.

/** One row. */
export interface ProcessStatus {
  name: string;
  pid?: number | undefined;
  port?: number | undefined;
  ready: boolean;
  /** What a person should know about the row. */
  remark?: string | undefined;
}

/** A cluster's state; healthy only if it exists and every row is ready. */
export interface ClusterStatus {
  name: string;
  provider?: string;
  kubeconfig?: string;
  healthy: boolean;
  rows: ProcessStatus[];
}

/** The state as a small table. */
export function formatStatus(status: ClusterStatus): string {
  if (status.rows.length === 0) return `no cluster named ${status.name}`;
  const cells = [['PROCESS', 'PID', 'PORT', 'READY', '']];
  for (const { name, pid, port, ready, remark } of status.rows) {
    cells.push([name, String(pid ?? '-'), String(port ?? '-'), ready ? 'yes' : 'no', remark ?? '']);
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return cells.map((row) => line(row).trimEnd()).join('\n');
}
