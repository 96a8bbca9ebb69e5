import express, { type ErrorRequestHandler, type RequestHandler } from 'express';

import { conversationOf, decide, readTurn, Refused, startTurn } from './countersign.ts';
import { userOf, type User } from './users.ts';

const app = express();
app.use(express.json());

const isSupport = (user: User): boolean => user.groups.includes('support');

/** Nobody gets past this without being signed in. */
const signedIn: RequestHandler = (request, response, next) => {
  const user = userOf(request.headers.authorization);
  if (user === null) {
    response
      .status(401)
      .set('www-authenticate', 'Basic realm="refund desk"')
      .json({ error: 'Sign in first.' });
    return;
  }
  response.locals.user = user;
  next();
};
app.use(signedIn);

/** Says something to the assistant, for the user who is signed in. */
app.post('/messages', async (request, response) => {
  const { message } = (request.body ?? {}) as { message?: unknown };
  if (typeof message !== 'string' || message.trim() === '') throw new Refused(422, 'Send {"message": "…"}.');
  response.status(202).json(await startTurn(response.locals.user as User, message));
});

/** How far a turn is, and what is asked: for its own user and for support. Waits up to 30 seconds for news. */
app.get('/turns/:turnId', async (request, response) => {
  const user = response.locals.user as User;
  const { turnId, conversationId, status, reply, approvals } = await readTurn(request.params.turnId, 30);
  if (conversationId !== conversationOf(user) && !isSupport(user)) throw new Refused(404, 'No such turn.');
  const questions = approvals.map(
    ({ approvalId, tool, arguments: args, argumentsDigest, reason, status }) => ({
      ...{ approvalId, tool, arguments: args, argumentsDigest, reason, status },
    }),
  );
  response.json({ turnId, status, reply, approvals: questions });
});

/** The decision of the user who is signed in. */
app.post('/approvals/:approvalId', async (request, response) => {
  const user = response.locals.user as User;
  if (!isSupport(user)) throw new Refused(403, 'Only support decides.');
  const { decision, argumentsDigest } = (request.body ?? {}) as Record<string, unknown>;
  if ((decision !== 'approve' && decision !== 'deny') || typeof argumentsDigest !== 'string') {
    throw new Refused(422, 'Send {"decision": "approve" or "deny", "argumentsDigest": "sha256:…"}.');
  }
  const { approvalId } = request.params;
  response.json(await decide(user, { approvalId, decision, argumentsDigest }));
});

const onError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof Refused) response.status(error.status).json({ error: error.message });
  else next(error);
};
app.use(onError);

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error === undefined) {
    console.log(`The service listens at http://127.0.0.1:${port}`);
    return;
  }
  console.error(`Nothing can listen at port ${port}: ${error.message}. Set PORT to another one.`);
  process.exitCode = 1;
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
