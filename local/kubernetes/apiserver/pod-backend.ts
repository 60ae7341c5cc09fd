export interface LogLine {
  readonly time: Date;
  readonly line: string;
}

/** What one run of a container wrote. */
export interface PodLog {
  readonly lines: readonly LogLine[];
  readonly ended: boolean;
  /** Calls back with each further line, and with undefined when the run is over. Returns the way to stop. */
  follow(onLine: (line: LogLine | undefined) => void): () => void;
}

export interface PodUsage {
  readonly containers: readonly {
    readonly name: string;
    readonly cpuCores: number;
    readonly memoryBytes: number;
  }[];
  readonly timestamp: Date;
  readonly windowMs: number;
}

/** What the API server asks of the kubelets: `pods/log` and the metrics API. */
export interface PodBackend {
  log(namespace: string, pod: string, container: string, previous: boolean): PodLog | undefined;
  usage(namespace: string, pod: string): PodUsage | undefined;
}
