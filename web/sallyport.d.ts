export interface Problem { message?: string; code?: string }
export class Refusal extends Error {
  constructor(status: number, problem: Problem, retryAfter?: number);
  /** The status of HTTP; 0 if nothing was answered. */
  status: number;
  code: string;
  /** The authentication that the answer asks for (RFC 9470), if it does. */
  acrValues?: string;
  /** In seconds; 0 if the answer did not say. */
  retryAfter: number;
}
export interface Factor { id: string; kind: string; hint: string; confirmed: boolean; created_at: string; channels: string[] }
export interface Challenge { challenge_id: string; expires_in: number; factors?: Factor[]; pending?: boolean; enrol_required?: boolean; signedIn?: undefined }
export interface SignedIn { signedIn: true }
export type Proof = { code?: string; credential?: object; password?: string; challenge_id?: string; factor_id?: string };
export interface Sallyport {
  isSignedIn(): Promise<boolean>;
  refresh(): Promise<boolean>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<any>;
  /** `false` also where somebody else has signed in, in another tab: start anew. */
  onChange(tell: (isSignedIn: boolean) => void): () => void;
  signUp(email: string, password: string): Promise<Challenge>;
  confirmSignUp(challenge: string, code: string): Promise<{ user: { id: string } }>;
  signIn(email: string, password: string): Promise<SignedIn | Challenge>;
  signInByMail(email: string): Promise<Challenge>;
  signInWithPasskey(options?: { conditional?: boolean; signal?: AbortSignal }): Promise<SignedIn | Challenge>;
  startFactor(challenge: string, factor: string, channel?: string): Promise<{ factor_id: string; expires_in: number; hint: string; options?: any }>;
  verify(challenge: string, factor: string, proof?: Proof): Promise<SignedIn | Challenge>;
  forgotPassword(email: string): Promise<Challenge>;
  resetPassword(challenge: string, password: string, factor: string, proof?: Proof): Promise<Challenge | Record<string, never>>;
  undo(token: string): Promise<void>;
  stepUp(proof?: Proof): Promise<SignedIn | Challenge>;
  signOut(): Promise<void>;
}
export function connect(options?: { api?: string; cookie?: boolean }): Sallyport;
export const passkeys: {
  areHere(): boolean;
  areOffered(): Promise<boolean>;
  create(options: any): Promise<object>;
  get(options: any, more?: { signal?: AbortSignal; mediation?: "conditional" }): Promise<object>;
};
export const pool: {
  start(options: { url: string; client: string; scopes: string[]; callback: string }): Promise<void>;
  finish(options: { url: string; client: string; callback: string }): Promise<{ access_token: string; id_token: string; expires_in: number } | null>;
};
