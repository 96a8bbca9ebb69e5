import { newMetadata } from '../metadata.ts';
import { noStreaming } from '../http/errors.ts';
import { paginate, type Page } from '../http/pagination.ts';
import { onDelete, onGet, onPost } from '../http/router.ts';
import { nothing } from '../http/schemas.ts';
import type { Parts } from '../parts.ts';
import { checkResults, useKey } from './admission.ts';
import { noAgent, noInitialInput, stillRunning } from './errors.ts';
import {
  createEvents,
  createSession,
  listSessionsQuery,
  pageQuery,
  updateSession,
  type CreateSession,
  type InputMessage,
  type PageQuery,
} from './schemas.ts';
import { isListed, newSession, toBody, toTool, type StoredSession } from './session-state.ts';
import type { Sessions } from './sessions.ts';
import { isOver } from './turn-machine.ts';
import { SESSIONS } from './tables.ts';

export function addAgentRoutes(parts: Parts, sessions: Sessions): void {
  const { api, store, clock, latency, listMs, rules } = parts;
  const show = (session: StoredSession) => toBody(session, sessions.latest(session.id));

  onPost(api, 'agentSessions.create', createSession, ({ body, lagMs }) => {
    const model = body.agent?.model;
    if (model === undefined) throw noAgent();
    const input = initialInput(body);
    const nowMs = clock.nowMs();
    const session = newSession(body, model, nowMs, lagMs ?? listMs, rules.ids);
    store.write([SESSIONS.put(session), ...sessions.begin(session, input, nowMs)]);
    return show(session);
  });

  onGet(api, 'agentSessions.list', listSessionsQuery, ({ query }) => {
    const { metadata, agent_id, ...page } = query;
    const found = sessions
      .all()
      .filter((session) => isListed(session, metadata, clock.nowMs()))
      .filter(({ base }) => agent_id === undefined || base.agent.id === agent_id);
    return list(found.map(show), page);
  });

  onGet(api, 'agentSessions.retrieve', nothing, ({ ids }) => show(sessions.session(ids.sessionId)));

  onPost(api, 'agentSessions.update', updateSession, ({ ids, body, lagMs }) => {
    const old = sessions.session(ids.sessionId);
    const { agent } = old.base;
    const { model, tools, service_tier, reasoning } = body.agent ?? {};
    const session: StoredSession = {
      ...old,
      base: {
        ...old.base,
        metadata: newMetadata(body.metadata, old.base.metadata),
        agent: {
          ...agent,
          model: model ?? agent.model,
          tools: tools === undefined ? agent.tools : (tools ?? []).map(toTool),
          service_tier: service_tier === undefined ? agent.service_tier : (service_tier ?? 'auto'),
          reasoning: { ...agent.reasoning, ...(reasoning && { effort: reasoning.effort ?? null }) },
        },
      },
      listed: { fromMs: clock.nowMs() + (lagMs ?? listMs), before: old.base.metadata },
    };
    store.write([SESSIONS.put(session)]);
    return show(session);
  });

  onDelete(api, 'agentSessions.delete', ({ sessionId }) => {
    const session = sessions.session(sessionId);
    const latest = sessions.latest(sessionId);
    if (latest !== undefined && !isOver(latest)) throw stillRunning(sessionId);
    store.write([SESSIONS.put({ ...session, isDeleted: true })]);
    return { id: sessionId, object: 'agent.session.deleted', deleted: true };
  });

  onPost(
    api,
    'agentEvents.create',
    createEvents,
    ({ ids: { sessionId }, body: { events }, header, lagMs }) => {
      const session = sessions.session(sessionId);
      const { isRepeat, changes } = useKey(store, sessionId, header('idempotency-key'), events);
      if (!isRepeat) {
        checkResults(session, sessions.turns(sessionId), events);
        const atMs = clock.nowMs() + (lagMs ?? latency.startMs);
        const accepted = [...session.accepted, ...events.map((event) => ({ atMs, event }))];
        store.write([...changes, SESSIONS.put({ ...session, accepted })]);
      }
      return new Response(null, { status: 202 });
    },
  );

  onGet(api, 'agentEvents.stream', nothing, () => {
    throw noStreaming();
  });

  onGet(api, 'agentSessions.items', pageQuery, ({ ids, query }) => {
    sessions.session(ids.sessionId);
    return list(sessions.items(ids.sessionId), query);
  });

  onGet(api, 'agentTurns.list', pageQuery, ({ ids, query }) => {
    sessions.session(ids.sessionId);
    return list(
      sessions.turns(ids.sessionId).map(({ turn }) => turn),
      query,
    );
  });

  onGet(api, 'agentTurns.retrieve', nothing, ({ ids }) => {
    sessions.session(ids.sessionId);
    return sessions.turn(ids.sessionId, ids.turnId).turn;
  });

  onGet(api, 'agentTurns.items', pageQuery, ({ ids, query }) => {
    sessions.session(ids.sessionId);
    const { id } = sessions.turn(ids.sessionId, ids.turnId);
    return list(
      sessions.items(ids.sessionId).filter(({ turn_id }) => turn_id === id),
      query,
    );
  });
}

/** A session without an environment cannot begin without input [documented]. */
function initialInput({ input }: CreateSession): InputMessage[] {
  if (input === null || input === undefined) throw noInitialInput();
  return typeof input === 'string'
    ? [{ role: 'user', content: [{ type: 'input_text', text: input }] }]
    : input;
}

function list<Item extends { id: string }>(items: Item[], query: PageQuery): Page<Item> {
  return paginate(items, query, { listFilters: true });
}
