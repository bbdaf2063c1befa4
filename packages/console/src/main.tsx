import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./styles/page.css";
import "./styles/parts.css";
import "./styles/policy.css";
import "./styles/story.css";
// Last: its verdicts colour what the others lay out.
import "./styles/assurance.css";
import "./styles/live.css";

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
