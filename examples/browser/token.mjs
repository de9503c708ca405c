// Who sends a player's token: a JSON Web Token, signed (HS256) with the app's secret.
import { createHmac, timingSafeEqual } from "node:crypto";

function fromBase64url(text) {
  return Buffer.from(text, "base64url");
}

// The player, `{ id, name, type }`, or null when the token was not signed with the secret.
export function playerOf(token, secret) {
  const [head, claims, signature] = (token ?? "").split(".");
  if (!signature) return null;
  const expected = createHmac("sha256", secret).update(`${head}.${claims}`).digest();
  const given = fromBase64url(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return JSON.parse(fromBase64url(claims));
}
