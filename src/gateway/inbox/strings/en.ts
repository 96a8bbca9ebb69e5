import { html } from 'hono/html';
import type { z } from 'zod';

import type { ActionOutcome } from '../../../contracts/approval/approval.ts';
import type {
  DecisionKind,
  FieldProblem,
  Missing,
  RefusalReason,
} from '../../../contracts/approval/decision.ts';
import type { Risk } from '../../../contracts/approval/presented.ts';
import type { ApprovalStatus } from '../../../contracts/approval/status.ts';
import { missingWords } from '../../../contracts/deciding/standing.ts';
import type { Html } from '../html.ts';

/** What a sentence has in its midst: words of somebody, a time, a mark. */
export type Part = Html | string;
/** Makes a link of its words. */
export type Link = (words: string) => Html;

const numbers = new Intl.NumberFormat('en');
const count = (number: number | bigint) => numbers.format(number);
const many = (number: number, one: string, more: string) => (number === 1 ? one : `${count(number)} ${more}`);

/** What somebody did, behind their name. */
const DID: Record<DecisionKind, string> = {
  approve: 'approved it',
  deny: 'denied it',
  edit: 'approved it with other arguments',
  respond: 'answered instead',
};

/** Every word of ours in the inbox. What models, tools and people say is never here. */
export const en = {
  /** What the language calls itself. */
  name: 'English',
  /** For Intl: dates as ISO writes them, because readers of English differ about which number is the month. */
  dates: 'sv-SE',
  numbers: 'en',

  frame: {
    skip: 'Skip to the content',
    grants: 'Grants',
    notifications: 'Notifications',
    passkeys: 'Passkeys',
    signOut: 'Sign out',
    language: 'Language',
    toInbox: 'Back to the inbox',
    toCard: 'Back to the card',
    toList: 'Back to the list',
    opening: 'Opening',
    open: 'Open the inbox',
  },

  time: {
    /** As the script counts it down, too, so there are no functions in it. `#` is the time. */
    left: { over: 'time is up', left: '# left', units: ['d', 'h', 'min', 's'] },
    none: 'no deadline',
  },

  /** What each key does. None of them decides: they lead to what is pressed then. */
  keys: {
    title: 'Keys',
    j: 'the next approval of the list',
    k: 'the one before',
    o: 'opens it',
    a: 'to the button that approves',
    d: 'to the note and the button that denies',
    e: 'to the arguments, to change them',
    r: 'to the answer in place of the action',
    search: 'to the search',
    help: 'shows this',
    off: 'Keys are off in this browser',
    close: 'Close',
  },

  /** What scripts say. They have no functions: `#` is a number. */
  scripts: {
    noList: 'There is no list here.',
    last: 'This is the last one.',
    first: 'This is the first one.',
    nothing: 'There is nothing here to decide.',
    noSearch: 'There is no search here.',
    added: ['One more question.', '# more questions.'],
    gone: ['One is settled.', '# are settled.'],
    settled: 'settled',
    passkey: {
      waiting: 'Waiting for your passkey.',
      known: 'Nothing was sent. This passkey is registered already.',
      untouched: 'Nothing was sent. The passkey was not touched, or is not one of yours. Try again.',
    },
    push: {
      insecure: 'Notifications need an https address.',
      none: 'This browser takes no notifications. On an iPhone or iPad, add this page to the Home Screen and open it there.',
      blocked:
        'Notifications from this site are blocked. Allow them in the settings of the browser, and load this page again.',
      on: 'Notifications are on, on this device.',
      off: 'Notifications are off, on this device.',
      asking: 'Waiting for your permission.',
      refused: 'Nothing was switched on: you have not allowed notifications from this site.',
      unreachable: 'Nothing was switched on: the browser cannot reach its push service (#). Try again.',
      leaving: 'Switching off.',
      broken: 'This browser takes no notifications here (#).',
    },
  },

  live: {
    signedOut: (again: Link) =>
      html`You are signed out, so this page changes no more. ${again('Sign in again')}`,
    notFound: (again: Link) =>
      html`This approval is not found any more, so this page changes no more. ${again('Look again')}`,
    changed: (show: Link) =>
      html`Somebody has changed the arguments since. ${show('Show them as they are now')}`,
    settled: 'It was settled meanwhile, as the card says above. What you wrote was not sent.',
  },

  list: {
    inbox: 'Inbox',
    lists: 'Lists',
    mine: 'Mine',
    all: 'All',
    decided: 'Decided',
    waiting: 'Waiting for a decision',
    several: 'Several at once',
    refresh: 'Refresh',
    more: 'More are waiting than are shown here. They move up as these are decided.',
    next: 'Next page',
    nothing: 'Nothing waits for you',
    appears:
      'When an assistant asks for something that needs a person, it appears here. Refresh to look again.',
    others: (all: Link) => html`What waits for others is under ${all('All')}.`,
    noneDecided: 'Nothing was decided yet',
    noMatch: 'Nothing matches',
    searchAgain: (all: Link) => html`Search for the beginnings of words, or ${all('show all')}.`,
    requestedBy: (who: Part) => html`for ${who}`,
    within: (conversation: Part) => html`in ${conversation}`,
    status: {
      pending: 'pending',
      approved: 'approved',
      denied: 'denied',
      answered: 'answered',
      expired: 'expired',
      cancelled: 'cancelled',
    } satisfies Record<ApprovalStatus, string>,
    vote: {
      approve: 'approve',
      deny: 'deny',
      edit: 'edit',
      respond: 'respond',
    } satisfies Record<DecisionKind, string>,
    unreadable: (errors: readonly FieldProblem[]) =>
      `The list cannot be shown: ${errors.map(({ field, message }) => `${field} ${message}`).join('; ')}.`,
  },

  filters: {
    search: 'Search',
    clear: 'Clear',
    more: 'More filters',
    tool: 'Tool',
    requester: 'Requested by',
    conversation: 'Conversation',
    risk: 'Risk',
    any: 'any',
    risks: { low: 'low', medium: 'medium', high: 'high', critical: 'critical' } satisfies Record<
      Risk,
      string
    >,
  },

  several: {
    title: 'Several at once',
    lead: (most: number) =>
      `Tick what you have read, then approve or deny it below: at most ${most}. Each is decided by itself.`,
    next: (most: number) => `The next ${most}`,
    notHere: 'Nothing here can be decided at once',
    decide: 'Your decision about what is ticked',
    means: 'What is approved goes ahead once, exactly as shown above. A denial is told to whoever asked.',
    approve: 'Approve what is ticked',
    deny: 'Deny what is ticked',
    approvers: (groups: Part) => html`Who may decide: ${groups}.`,
    denyAlone: 'A denial needs a note, so deny it on its own card.',
    read: (title: Part) => html`I have read it: ${title}`,
    alone: 'To be decided on their own cards',
    notTicked: (most: number) => `Nothing is ticked, so nothing was decided. Tick at most ${most}.`,
    notPressed: 'Nothing was decided yet: press one of the buttons below.',
    unread: 'What was said before it could not be read just now.',
    unreadable: {
      decision:
        'Nothing was decided: decision must be "approve" or "deny": several are decided in no other way.',
      chosen: 'Nothing was decided: chosen must be what the page has: reload it, and tick again.',
      tooMany: (has: number, most: number) =>
        `Nothing was decided: chosen has ${has} approvals, and at most ${most} are decided at once.`,
      twice: 'Nothing was decided: chosen has an approval twice: each is decided once.',
    },
    why: {
      emergency: 'You may decide it only by right of emergency, with a reason.',
      passkey: 'It needs the touch of a passkey.',
      auth: 'Its policy looks at when and how you signed in.',
      note: 'It needs a note.',
      denyNote: 'A denial of it needs a note.',
      quorum: 'Several people must agree to it.',
      changed: 'Somebody has changed its arguments.',
      again: 'It was approved before, and is asked again.',
      long: 'It is too long to be read among others.',
      cut: 'What its tool shows of it is cut.',
      deceives: 'It holds characters that may deceive.',
    },
    answers: 'What came of each',
    summary: ({ isApproval, all, done, taken, unknown }: SeveralCount) =>
      [
        `${done} of ${all} ${isApproval ? 'approved' : 'denied'}.`,
        ...(taken > 0 ? [`${taken} taken, and not settled yet.`] : []),
        unknown > 0 ? `Of ${unknown} it is not known.` : 'Nothing else was decided.',
      ].join(' '),
    done: 'Done',
    taken: 'Taken',
    not: 'Not done',
    again: 'What is not known can be sent again. What has counted counts once.',
    sendAgain: (howMany: number) => `Send ${howMany === 1 ? 'it' : 'them'} again`,
    goOn: 'Go on with the list',
    cameOf: {
      alone: (why: string) => `It must be decided on its own card. ${why}`,
      missing: 'There is no such approval.',
      unknown: 'It is not known whether your decision arrived.',
      approved: 'Approved.',
      denied: 'Denied.',
      duplicate: 'Your decision had counted before. It counts once.',
      voted: 'Your vote counts; others must agree.',
      accepted: 'Your decision is stored and will be applied as soon as a worker is up.',
      conflict: 'Another decision came first.',
      reused: 'You had decided it otherwise from the same page. The first decision counts.',
      expired: 'Too late: the deadline had passed.',
      cancelled: 'The turn was cancelled before.',
    },
  },

  status: {
    pending: 'Waiting for a decision',
    approved: 'Approved',
    denied: 'Denied',
    answered: 'Answered by a person',
    expired: 'Expired',
    cancelled: 'Cancelled',
  } satisfies Record<ApprovalStatus, string>,

  didAt: (who: Part, decision: DecisionKind, at: Part) =>
    html`<strong>${who}</strong> ${DID[decision]} at ${at}`,
  didWords: (who: string, decision: DecisionKind) => `${who} ${DID[decision]}.`,

  outcome: {
    executing: 'The action is being carried out.',
    executed: 'The action was carried out.',
    failed: 'The action was tried and failed.',
    not_executed: 'The action was not carried out.',
    stale: 'The approval no longer held when the action was to run. It was not carried out.',
    unknown: 'It is unknown whether the action was carried out. Check before repeating it.',
  } satisfies Record<ActionOutcome, string>,

  /** What became of the decision that was just sent. */
  sent: {
    counts: 'Your decision counts.',
    pending:
      'Your decision is stored and will be applied as soon as a worker is up. Reload this page to see it.',
    expired: 'Too late: the deadline had passed before your decision arrived. Nothing was carried out.',
    cancelled: 'The turn was cancelled before your decision arrived. Nothing was carried out.',
    other: 'Your decision was not applied: another one came first. It is shown below.',
  },

  card: {
    tabs: 'This approval',
    approval: 'Approval',
    record: 'Record',
    next: (title: Part) => html`Next: ${title}`,
    why: 'Why a person is asked',
    whatRuns: 'What will run',
    arguments: 'The arguments',
    whatIsAsked: 'What is asked',
    allArguments: 'All arguments',
    digest: 'Digest',
    askedBefore: (by: Part, at: Part, why: Part) => html`Asked before, approved by ${by} on ${at}. ${why}`,
    hidden: (names: Part) =>
      html`The arguments hold characters that cannot be seen. They are marked below: ${names}.`,
    lookAlikes: (names: Part) =>
      html`The arguments hold names that may not be what they look like. They are marked below: ${names}.`,
    mayNot: 'You cannot decide this',
    voted: 'You have voted',
    voteStands: 'A vote stands. Others must decide now.',
    whoever: (must: string) => `Whoever decides this one ${must}`,
    whoeverOfIt: (must: string) => `Whoever decides it ${must}`,
    must: {
      bePerson: (person: string) =>
        `must be ${person}: the request is meant for this person, and nobody else may answer it.`,
      beOf: (groups: string) => `must belong to one of these groups: ${groups}.`,
      beOther: (person: string) =>
        `must be somebody else: ${person} has asked for this action, and its policy wants another person.`,
      notHaveVoted: 'has voted before. A vote stands.',
    },
    proposed: 'How it was changed',
    byModel: (at: Part) => html`What the model asked for, ${at}`,
    byRequester: (who: Part, at: Part) => html`What ${who} asked for, ${at}`,
    byPerson: (who: Part, at: Part) => html`What ${who} changed it to, ${at}`,
    fell: (who: Part, decision: DecisionKind, at: Part) =>
      html`${who} ${DID[decision]} at ${at}. The next change made that fall.`,
    resolution: 'What was decided',
    through: (source: Part) => html`through ${source}`,
    glassBroken: 'glass broken',
    nobodyDecided: 'Nobody decided before the deadline.',
    turnEnded: 'The turn ended before anybody decided.',
    note: 'Note',
    answerToRequester: 'Answer given to the requester',
    answerToModel: 'Answer given to the model',
    requesterActs: 'The requester reads the answer and acts on it.',
    lookAgain: 'Look again',
    output: 'What the tool gave back',
    leftInRecord: (left: number) => `… ${count(left)} more characters, in the record`,
    leftCharacters: (left: number) => `… ${count(left)} more characters`,
    leftFields: (left: number) => `${count(left)} more fields are not shown here.`,
    risk: {
      low: 'Low risk',
      medium: 'Medium risk',
      high: 'High risk',
      critical: 'Critical risk',
    } satisfies Record<Risk, string>,
    notPresented: 'The tool could not show this call itself. Its arguments are shown instead.',
    presented: 'How the tool shows it',
  },

  said: {
    title: 'What was said',
    unavailable: 'What was said before could not be read just now. Reload the page to try again.',
    before: (lines: number) => many(lines, 'One line before it', 'lines before it'),
    byUser: 'The user’s words',
    byThisUser: (user: Part) => html`Words of the user ${user}`,
    byModel: 'The model’s words',
    byUs: 'Countersign’s news to the model',
  },

  facts: {
    onBehalf: 'On behalf of',
    nobody: 'nobody is named',
    meantFor: 'Meant for, says the requester',
    meantOnlyFor: 'Meant for, and for nobody else',
    conversation: 'Conversation',
    assistant: 'Assistant',
    askedAt: 'Asked at',
    runEnds: 'The run ends',
    noRunDeadline: 'the run has no deadline',
    thenCancelled: 'then the run is cancelled',
    thenTold: 'then the model is told it was not done',
  },

  told: {
    title: 'Who was told',
    inTeams: (channel: Part) => html`<strong>${channel}</strong> in Teams`,
    by: (who: Part, channel: Part) => html`<strong>${who}</strong> by ${channel}`,
    sent: (at: Part) => html`told at ${at}`,
    reminded: (at: Part) => html`reminded at ${at}`,
    sentOnly: 'told, but not how it ended.',
    remindedOnly: 'reminded, but not how it ended.',
    failed: 'not delivered.',
    unknown: 'perhaps not delivered.',
    later: (at: Part) => html`not delivered yet, next at ${at}.`,
  },

  votes: {
    title: 'Votes',
    unmeetable: (rule: Part) =>
      html`Nobody can meet this rule: ${rule}. So it was when it was asked; whoever runs this has been told.`,
    missing: (missing: Missing) => `Missing: ${missingWords(missing)}.`,
    deniers: (people: number) => `${people} people must deny it before it is denied.`,
    notRequester: 'Whoever asked for it cannot decide it.',
    emergency: (groups: Part) => html`In an emergency ${groups} may settle it alone, with a reason.`,
  },

  decide: {
    title: 'Your decision',
    approve: 'Approve',
    deny: 'Deny',
    note: 'Note (optional)',
    noteRequired: 'Note (required)',
    vote: 'It is one vote. It happens as shown above once the others agree, too.',
    edit: 'Approve with other arguments',
    agreeAgain: 'The others must agree to it again.',
    json: 'Arguments as JSON',
    approveEdit: 'Approve these arguments',
    look: 'Look at the change',
    change: 'What you would change',
    notYet: 'Nothing was decided yet.',
    respond: 'Answer instead',
    answer: 'Answer',
    sendAnswer: 'Send this answer',
    /** What each decision does. A request is only answered: whoever asked acts on it. */
    means: {
      turn: {
        approve: 'It runs once, exactly as shown above.',
        deny: 'The model is told, with your note.',
        denyNote: 'Note for the model and the record',
        edit: 'It runs once with what you write here. The tool’s rules and the policy are checked again.',
        respond: 'It does not run. The model gets your text as the tool’s output.',
      },
      provider: {
        approve: 'The provider runs it, exactly as shown above. It cannot be taken back.',
        deny: 'The model is told, with your note.',
        denyNote: 'Note for the model and the record',
        edit: '',
        respond: '',
      },
      request: {
        approve: 'The requester is told to go ahead, as shown above.',
        deny: 'The requester is told no, with your note.',
        denyNote: 'Note for the requester and the record',
        edit: 'The requester is told to do what you write here instead: “action”, and “context” if you like.',
        respond: 'The requester gets your text in place of a yes or no.',
      },
    },
    emergency: {
      title: 'Emergency: decide alone',
      lead: 'Your decision settles this at once, without the other votes. It is marked for ever, and your reason with it.',
      reason: 'Reason',
      approve: 'Approve alone',
      deny: 'Deny alone',
    },
  },

  change: {
    none: 'Nothing is different.',
    unchanged: (names: Part) => html`Unchanged: ${names}`,
    before: 'Before',
    after: 'After',
    absent: 'not there',
    added: '[added: ',
    removed: '[removed: ',
    same: (left: number) => `… ${count(left)} characters are the same …`,
  },

  args: {
    none: 'The call has no arguments.',
    emptyName: 'EMPTY NAME',
    emptyText: 'EMPTY TEXT',
    emptyList: 'EMPTY LIST',
    emptyObject: 'EMPTY OBJECT',
    lineBreak: 'line break',
    formats: {
      'date-time': 'date and time',
      date: 'date',
      email: 'mail address',
      uri: 'web address',
    },
    kinds: { nothing: 'nothing', text: 'text', boolean: 'yes or no', object: 'object', number: 'number' },
    list: (length: number) => `list of ${count(length)}`,
    more: (left: number) => `and ${count(left)} more`,
  },

  grants: {
    title: 'Grants',
    lead: 'Calls that run without anybody being asked, because somebody approved one like them.',
    noStore: 'This gateway has no store, so nobody can give a grant.',
    none: 'There are none now.',
    more: 'There are more than are shown here. They move up as these end or are taken back.',
    letThrough: (by: Part, what: Part, until: Part) => html`${by} let through ${what}, until ${until}.`,
    given: 'What it was given with',
    conversation: (conversation: Part) => html`Conversation ${conversation}`,
    onBehalf: (who: Part) => html`on behalf of ${who}`,
    takeBack: 'Take it back',
    takenBack: (by: Part, at: Part) => html`${by} took it back at ${at}.`,
    notFound: 'There is no such grant.',
    what: ({ forMs, less, isConversation }: { forMs: number; less: Part | null; isConversation: boolean }) =>
      html`the same for ${lasting(forMs)}${less !== null && html`, also with less ${less}`},
      ${isConversation ? 'in this conversation' : 'for this requester'}`,
    tick: (what: Part) => html`And ${what}. Nobody is asked then.`,
    tickAll: 'It counts only if everybody who votes wants it.',
    byGrant: (by: Part, until: Part) =>
      html`Nobody was asked: it was let through by the grant of ${by}, which holds until ${until}.`,
    also: (what: Part, until: Part) => html`It also lets through ${what}, until ${until}.`,
  },

  record: {
    title: 'Record',
    lead: (tool: Part | undefined) =>
      html`What happened to ${tool ?? 'this approval'}, step by step, as the record keeps it.`,
    more: (left: number) => `And ${count(left)} more. The receipt has them all.`,
    entry: (sequence: number) => `entry ${sequence}`,
    texts: {
      reason: 'Why a person is asked',
      note: 'Note',
      response: 'Answer given',
      output: 'What came of it',
    },
    erased: {
      reason: 'The reason was erased.',
      note: 'The note was erased.',
      response: 'The response was erased.',
      output: 'The output was erased.',
    },
    verify: 'Verify it',
    save: 'Save the receipt',
    holds:
      'It holds these entries, each with a proof that it is in the record. Anybody can check it on any machine, without a network:',
    keys: (keys: Link) =>
      html`<code>keys.json</code> holds the ${keys('public keys')} of this installation. Have them from
        somebody you trust, not from whoever gives you the receipt.`,
    unsigned: 'This gateway has no signing key. The receipt shows damage, and not who wrote it.',
    none: 'The record has no entry of this approval yet. It may follow: entries are written as soon as the store answers.',
    down: 'The store cannot be used now, so the record cannot be shown. Nothing is lost. Try again in a moment.',
    meanwhile: 'The approval itself can be read and decided meanwhile.',
    absent: (variable: Part) =>
      html`This gateway keeps no record, so nothing proves later who decided. Whoever runs it gives gateway
      and workers a store with ${variable}.`,
    noReceipt: 'This gateway has no store, so there is no receipt.',
    somebody: 'somebody',
    entries: {
      requested: (requester: Part | null, until: Part | null) =>
        html`Asked${requester !== null && html` for <strong>${requester}</strong>`},
        ${until === null ? 'without a deadline' : html`open until ${until}`}.`,
      voted: (who: Part, decision: DecisionKind | undefined) =>
        html`${who} ${decision === undefined ? 'decided' : DID[decision]}.`,
      breakGlass: (who: Part, decision: DecisionKind | undefined) =>
        html`${who} broke the glass: decided it alone, and
        ${decision === undefined ? 'settled it' : DID[decision]}.`,
      refused: (who: Part, why: Part) => html`A decision by ${who} was refused: ${why}.`,
      settled: (status: Part, grant: Part | null) =>
        html`Settled: it is <strong>${status}</strong>${grant !== null && html`, by the grant of ${grant}`}.`,
      granted: (until: Part | null) =>
        html`Later calls that are the same or narrower were let through,
        too${until !== null && html`, until ${until}`}.`,
      grantRevoked: (who: Part) => html`${who} took the grant back.`,
      parked: 'Parked: the conversation went on, and the question stayed open.',
      started: 'The action began.',
      executed: 'The action was carried out.',
      failed: 'The action was tried and failed.',
      unknown: 'It is unknown whether the action was carried out.',
      stale: 'The approval no longer held when the action was to run. It was not carried out.',
      expired: 'Expired: not enough people decided before the deadline.',
      cancelled: 'Cancelled: the turn was over before it was settled or carried out.',
      noticed: (who: Part | null) => html`A message was sent${who !== null && html` to ${who}`}.`,
      escalated: 'Others were told, because nobody had decided.',
      delegated: (who: Part | null) => html`Somebody stands in${who !== null && html` for ${who}`}.`,
    },
    known: {
      key: 'known by an API key',
      oidc: 'signed in at the identity provider',
      link: 'signed in by a link',
      webhook: 'named by a webhook',
      cli: 'at the command line',
      handover: 'at the Handover',
      slack: 'in Slack, as an account there',
      signal: 'by a signal past the gateways',
      client: 'by a program',
      passkey: 'with a passkey',
      signed: 'a gateway signed the decision',
      unsigned: 'the decision is not signed',
    },
    refused: {
      malformed_decision: 'it was not a decision',
      digest_mismatch: 'the arguments were not the ones that were shown',
      invalid_arguments: 'the changed arguments did not fit the tool',
      forbidden: 'the policy forbids the changed arguments',
      not_an_approver: 'they are in none of the groups that may decide',
      requester: 'it was asked for them, and somebody else must decide',
      revoked: 'their right to decide had been taken away',
      authentication_too_old: 'their sign-in was too old, or too weak',
      already_voted: 'they had voted before',
      note_required: 'it gave no reason',
      not_break_glass: 'they may not break the glass, or said too little why',
      unattested: 'no trusted gateway had signed it',
      too_large: 'it was too large',
      not_possible: 'that decision is not possible here',
      under_review: 'another change was being checked',
      too_many_edits: 'they had changed it too often',
    } satisfies Record<RefusalReason, string>,
    /** Of attempts that came to nothing because the approval was over. */
    over: {
      late: 'the deadline had passed',
      cancelled: 'the turn was over',
      conflict: 'it was settled before',
      reused: 'its id had been used for another decision',
    },
  },

  signIn: {
    title: 'Sign in',
    open: 'Open the inbox',
    link: (who: Part, tenant: Part) =>
      html`This link signs you in as <strong>${who}</strong> of <strong>${tenant}</strong>, for 12 hours in
        this browser.`,
    once: 'The link works once and for ten minutes.',
    linkUsedUp: 'This sign-in link was used before, is older than ten minutes, or is incomplete.',
    signedOut: 'Signed out',
    newLink: 'A new sign-in link brings you back.',
    again: 'Sign in again',
    needsLink: 'Open a new sign-in link. Whoever runs this gateway can send you one.',
    goToInbox: 'Go to the inbox to sign in.',
    revoked: 'Your right to decide has been taken away, so you are not signed in.',
    notSignedIn: 'You are not signed in any more',
    mustShow: 'The policy wants you to show again who you are',
    kept: (why: string) => `${why}, so nothing was decided. What you wrote is kept for an hour.`,
    comeBack: 'Sign in and come back',
    otherTab: (link: Link) => html`${link('Sign in in another tab')}, then come back to this one.`,
    linkInOtherTab:
      'Open a new sign-in link in another tab of this browser; whoever runs this gateway can send you one. Then come back to this tab.',
    goOn: 'I am signed in: go on',
    draftLost: 'Drafts are kept for an hour, in one browser. Open the card again.',
    resumed: 'You are signed in again. Nothing was decided yet: what you wrote is below, ready to be sent.',
    settledMeanwhile: 'It was settled meanwhile, so what you wrote was not sent.',
    nobody: (why: string) => `${why} Nobody was signed in.`,
    notBegunHere:
      'This answer belongs to no sign-in that this browser has begun in the last 15 minutes, or it came before. Begin again.',
    untrusted: (why: string) => `The identity provider’s answer cannot be trusted. ${why}`,
    notLinked: ({ id, issuer, subject }: { id: string; issuer: string; subject: string }) =>
      `Your mail address is of "${id}" in the directory, and this account is not known to be theirs. Whoever runs this gateway can add it: issuer "${issuer}", subject "${subject}".`,
    idTaken: (id: string) => `The directory has somebody else with the id "${id}".`,
    noTenant: (claim: string, rule: string) =>
      `The identity provider names no tenant: its claim "${claim}" must be ${rule}.`,
    groups: (claim: string, most: number) =>
      `The identity provider's claim "${claim}" must be a list of at most ${most} group names, each of at most 200 characters. Have it send fewer.`,
    answered: (code: string) => `The identity provider answered "${code}".`,
    code: 'The identity provider does not take the code that came with this answer.',
    wrong: {
      iss: 'It names another issuer (iss).',
      aud: 'It is meant for another application (aud).',
      azp: 'It was issued to another application (azp).',
      nonce: 'It answers another sign-in (nonce).',
      exp: 'It has expired (exp).',
      nbf: 'It is not valid yet (nbf).',
      auth_time: 'The sign-in behind it is too long ago (auth_time).',
      alg: 'Its algorithm is not one that we accept (alg).',
      signature: 'Its signature is not one of the provider’s keys.',
      other: 'It does not follow OpenID Connect.',
    },
    unavailable:
      'The identity provider cannot be reached, so nobody can sign in now. Try again in a moment. Who is signed in stays so.',
  },

  passkeys: {
    title: 'Passkeys',
    lead: 'Some decisions count only when you touch a passkey for them. Yours are kept here.',
    none: 'You have none yet.',
    added: (at: Part) => html`added ${at},`,
    neverUsed: 'never used',
    lastUsed: (at: Part) => html`last used ${at}`,
    lost: 'Whoever runs this gateway can take one away, if you lose it.',
    add: 'Add a passkey',
    notHere: (why: string) => `Passkeys do not work here: ${why}`,
    newLink: 'Open a new sign-in link first: you came by yours more than ten minutes ago.',
    again: (link: Link) => html`${link('Sign in again')} first: you did more than ten minutes ago.`,
    deviceName: 'Its name, for you',
    noScript: 'Passkeys need JavaScript. Only notifications do as well.',
    notAdded: 'No passkey was added.',
    unproven: 'The browser’s answer does not prove a new passkey, so none was added. Try again.',
    most: (most: number) => `You have ${most} passkeys, which is the most.`,
    known: 'This passkey is registered already.',
    problems: {
      store: 'This gateway has no store, which keeps passkeys.',
      unset:
        'COUNTERSIGN_PUBLIC_URL is not set. Whoever runs this gateway must set it to an https address with a name.',
      address:
        'COUNTERSIGN_PUBLIC_URL has an IP address, and passkeys belong to a name. Whoever runs this gateway must set it to an https address with a name.',
      plain:
        'COUNTERSIGN_PUBLIC_URL is not https. Whoever runs this gateway must set it to an https address with a name.',
    },
    needed: 'A passkey is needed',
    touch: 'Touch your passkey',
    about: ({ isAlone, decision, tool, grant }: Touched) =>
      html`You are about to
      ${isAlone && html`<strong>break the glass</strong> and `}<strong>${TOUCHED[decision]}</strong>:
      ${tool}${grant !== null && html`, and ${grant}`}. Nothing was decided yet.`,
    haveNone: (add: Link) =>
      html`The policy asks for a passkey, and you have none yet. ${add('Add one in another tab')}, then come
      back to this one.`,
    haveNow: 'I have one now: go on',
    decide: 'Touch the passkey, and decide',
    notTouched:
      'The passkey proves nothing: it is not yours, was touched for something else, once before, or more than ten minutes ago. Nothing was decided. Try again.',
  },

  push: {
    title: 'Notifications',
    lead: 'A device can tell you when you are asked. It shows who asks and for what tool, and no arguments.',
    here: 'On this device',
    devices: 'Your devices',
    allOff: 'Notifications are off on all of them.',
    notHere: (why: string) => `There are no notifications here: ${why}`,
    noStore: 'this gateway has no store, which keeps devices.',
    noKey: 'whoever runs this gateway has not set COUNTERSIGN_VAPID_PUBLIC_KEY.',
    deviceName: 'Its name, for you',
    switchOn: 'Switch on',
    switchOff: 'Switch off',
    switchOffOn: (name: string) => `Switch off on ${name}`,
    noScript:
      'Notifications need JavaScript, because only a script can ask the browser for them. You can switch them off below without.',
    since: (name: Part, at: Part) => html`<strong>${name}</strong> since ${at}`,
    isOn: 'Notifications are on, on this device.',
    isOff: 'Notifications are off, on that device.',
    notOn: (why: string) => `Nothing was switched on. ${why}`,
    none: 'This gateway has no notifications.',
    noDevice: 'The browser’s answer names no device. Try again.',
    address: (why: string) => `The address of its push service ${why}.`,
    most: (most: number) => `You have ${most} devices, which is the most. Switch one off first.`,
    unknown: 'The directory does not know you, and only its people are told of anything.',
  },

  /** Why a decision was not accepted, on the form it came from. */
  refused: {
    changed: 'The arguments have changed since you looked. Below is what would run now; nothing was decided.',
    reused:
      'This form was already sent with other content. The first one counts; this one was not applied. Below is the approval as it is now.',
    notAnApprover: 'You are not among those who may decide this.',
    requester: 'This was asked for you: somebody else must decide.',
    revoked: 'Your right to decide has been taken away.',
    voted: 'You have voted before, and a vote stands.',
    unattested:
      'The workers do not trust the key of this gateway. Tell whoever runs it; nothing was decided.',
    underReview:
      'Another person’s edit is being checked. Nothing was decided: reload in a moment, then decide if it is still pending.',
    signInAgain: 'This wants you to sign in again.',
    notBreakGlass: 'This cannot be settled by right of emergency.',
    noteRequired: 'This needs a reason.',
    invalidArguments: 'This does not fit the tool.',
    forbidden: 'This is forbidden by the policy.',
    notPossible: 'This can be approved or denied only.',
    tooManyEdits: 'This was edited too often by you.',
    tooLarge: 'This is too large beside the turn’s other approvals.',
    malformed: 'This is not a decision we understand.',
    notJson: (why: string) => `is not JSON: ${why}`,
    notObject: 'must be one JSON object: { … }',
    unfaithful: ({ field, message }: FieldProblem) => `cannot be kept as typed: ${field} ${message}`,
    /** What zod finds wrong with a field of a form, behind the field's name; the schemas say it in English. */
    issue: ({ message }: z.core.$ZodIssue) => message,
    /** Workers say in English what is wrong with a decision. Whoever reads no English gets our sentence alone. */
    asWorkersSay: true,
  },

  problems: {
    request: 'Request',
    toInbox: 'To the inbox',
    storeKeeps:
      'The list and who is signed in are kept there. What waits for a decision is kept elsewhere, and goes on waiting.',
    ownFormsOnly: 'The inbox accepts only its own forms.',
    crossSite: 'Nothing was done. Go back to the page, reload it, and try again from there.',
    titles: {
      'invalid-request': 'The request is not valid',
      'not-signed-in': 'Not signed in',
      'sign-in-refused': 'The sign-in was refused',
      revoked: 'This person may decide no more',
      'identity-provider-unavailable': 'The identity provider does not answer',
      'cross-site': 'The form was not sent from this inbox',
      'not-found': 'There is nothing at this address',
      'approval-not-found': 'There is no such approval',
      'grant-not-found': 'There is no such grant',
      'method-not-allowed': 'The method is not allowed here',
      'body-too-large': 'The body is too large',
      'too-large': 'A part of the request is too large',
      'unsupported-media-type': 'The content type is not supported',
      'too-busy': 'Too many requests are in progress',
      internal: 'Something went wrong on our side',
      'record-not-configured': 'This gateway keeps no record',
      'store-unavailable': 'The store cannot be used',
      'temporal-unavailable': 'Temporal cannot be reached',
      draining: 'The gateway is shutting down',
    },
    /** Of those that the inbox shares with the API. */
    texts: {
      'not-found': 'Nothing is served at this address.',
      'approval-not-found': 'No approval of this tenant has this id.',
      'method-not-allowed': 'Go back to the page, and use what stands there.',
      'body-too-large': 'Nothing was done. Send less at once.',
      'too-large': 'Nothing was done. Send less at once.',
      'too-busy': 'Nothing was done. Try again in a moment.',
      internal: 'An unexpected error occurred. The gateway’s log has its cause under the request id.',
      'store-unavailable': 'The store does not answer. Nothing was changed; try again.',
      'temporal-unavailable':
        'Temporal does not answer. A decision may still take effect: look again in a moment.',
      draining: 'Try again in a moment.',
    },
  },
};

/** The words of one language: the same keys, texts and functions in each. */
export type Words = typeof en;

export interface SeveralCount {
  isApproval: boolean;
  all: number;
  done: number;
  taken: number;
  unknown: number;
}

export interface Touched {
  isAlone: boolean;
  decision: DecisionKind;
  tool: Part;
  grant: Part | null;
}

const TOUCHED: Record<DecisionKind, string> = {
  approve: 'approve it as shown here',
  deny: 'deny it',
  edit: 'approve it with the arguments that you wrote',
  respond: 'answer in its place',
};

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

function lasting(ms: number): string {
  const [unit, name] = UNITS.find(([length]) => ms % length === 0) ?? [1, 'millisecond'];
  const number = ms / unit;
  return `${number} ${name}${number === 1 ? '' : 's'}`;
}
