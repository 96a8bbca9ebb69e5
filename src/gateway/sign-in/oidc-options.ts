/** The identity provider (OpenID Connect) that people sign in with. */
export interface OidcOptions {
  /** Its issuer, exactly as its discovery document has it: `https://…`, or `http://` on this machine. */
  issuer: string;
  clientId: string;
  /** Absent for a public client. PKCE is used either way. */
  clientSecret?: string;
  /**
   * The claim with a person's groups.
   *
   * @default "groups"
   */
  groupsClaim?: string;
  /** Everybody's tenant, or the claim that has it. */
  tenant: { fixed: string } | { claim: string };
}
