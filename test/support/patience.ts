// How long tests wait for what will come: without end by any measure, but less than a test may take.

export const patience_ms = 30_000;
