import { configureGlobal } from "fast-check";

// A property runs for each mutant that reaches it: what it does not find soon is left to the other tests.
configureGlobal({ interruptAfterTimeLimit: 1000 });
