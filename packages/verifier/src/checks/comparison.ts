/** How an input stands to the leaves it follows from. `unknown`: they are not opened, or not compared. */
export type Comparison = "same" | "different" | "unknown";
