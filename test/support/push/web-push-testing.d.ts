declare module 'web-push-testing/src/PushApiModel.js' {
  /** The part of a push service that judges and decrypts. */
  export class PushApiModel {
    notifyUrl: string;
    /** What was decrypted, by device. */
    messages: Record<string, string[] | undefined>;
    subscribe(options: { userVisibleOnly: 'true' | 'false'; applicationServerKey: string }): Promise<{
      endpoint: string;
      keys: { p256dh: string; auth: string };
      clientHash: string;
    }>;
    handleNotification(
      clientHash: string,
      headers: { encoding: string; authorization: string | undefined; ttl: string },
      body: Buffer,
    ): Promise<unknown>;
  }
}
