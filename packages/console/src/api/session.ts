import { refusalMessage } from "./outcome.ts";

/** Whether somebody is signed in now, or why not. */
export type SignIn = { readonly kind: "signed-in" } | { readonly kind: "refused"; readonly message: string };

/** Sends the code that was typed. It stands in the body and nowhere else. */
export async function signIn(code: string): Promise<SignIn> {
  try {
    const response = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    if (response.ok) return { kind: "signed-in" };
    if (response.status === 401)
      return {
        kind: "refused",
        message: "That code is wrong, used or expired. Ask for a new one after five tries.",
      };
    return { kind: "refused", message: await refusalMessage(response) };
  } catch {
    return { kind: "refused", message: "The server cannot be reached." };
  }
}

/** Ends the session. The page asks for a code again whether or not the server heard of it. */
export async function signOut(): Promise<void> {
  await fetch("/api/session", { method: "DELETE" }).catch(() => undefined);
}
