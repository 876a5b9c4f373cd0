import { jwtDecode } from "jwt-decode";

export function Greeting({ token }) {
  const claims = jwtDecode(token);
  return <p>Hello {claims.name}</p>;
}
