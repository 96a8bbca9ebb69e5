import { html } from 'hono/html';
import type { z } from 'zod';

import type { DecisionKind, Missing } from '../../../contracts/approval/decision.ts';
import { isTooLarge } from '../../../contracts/too-large.ts';
import type { Words } from './en.ts';

const numbers = new Intl.NumberFormat('de');
const count = (number: number | bigint) => numbers.format(number);

/** What somebody did, behind their name. */
const DID: Record<DecisionKind, string> = {
  approve: 'hat freigegeben',
  deny: 'hat abgelehnt',
  edit: 'hat mit geänderten Argumenten freigegeben',
  respond: 'hat stattdessen geantwortet',
};

export const de: Words = {
  name: 'Deutsch',
  dates: 'de-DE',
  numbers: 'de-DE',

  frame: {
    skip: 'Zum Inhalt springen',
    grants: 'Vorabfreigaben',
    notifications: 'Mitteilungen',
    passkeys: 'Passkeys',
    signOut: 'Abmelden',
    language: 'Sprache',
    toInbox: 'Zurück zum Eingang',
    toCard: 'Zurück zur Anfrage',
    toList: 'Zurück zur Liste',
    opening: 'Wird geöffnet',
    open: 'Eingang öffnen',
  },

  time: {
    left: { over: 'Frist abgelaufen', left: 'noch #', units: ['Tg.', 'Std.', 'Min.', 'Sek.'] },
    none: 'ohne Frist',
  },

  keys: {
    title: 'Tastenkürzel',
    j: 'nächste Anfrage der Liste',
    k: 'vorherige Anfrage',
    o: 'Anfrage öffnen',
    a: 'zur Schaltfläche „Freigeben“',
    d: 'zur Begründung und zur Schaltfläche „Ablehnen“',
    e: 'zu den Argumenten, um sie zu ändern',
    r: 'zur Antwort anstelle der Aktion',
    search: 'zur Suche',
    help: 'diese Übersicht zeigen',
    off: 'Tastenkürzel in diesem Browser ausschalten',
    close: 'Schließen',
  },

  scripts: {
    noList: 'Hier gibt es keine Liste.',
    last: 'Das ist der letzte Eintrag.',
    first: 'Das ist der erste Eintrag.',
    nothing: 'Hier gibt es nichts zu entscheiden.',
    noSearch: 'Hier gibt es keine Suche.',
    added: ['Eine neue Anfrage.', '# neue Anfragen.'],
    gone: ['Eine Anfrage ist erledigt.', '# Anfragen sind erledigt.'],
    settled: 'erledigt',
    passkey: {
      waiting: 'Bitte bestätigen Sie mit Ihrem Passkey.',
      known: 'Nichts wurde gesendet. Dieser Passkey ist bereits registriert.',
      untouched:
        'Nichts wurde gesendet. Der Passkey wurde nicht bestätigt oder gehört nicht Ihnen. Versuchen Sie es noch einmal.',
    },
    push: {
      insecure: 'Mitteilungen brauchen eine https-Adresse.',
      none: 'Dieser Browser unterstützt keine Mitteilungen. Legen Sie diese Seite auf einem iPhone oder iPad auf den Home-Bildschirm, und öffnen Sie sie dort.',
      blocked:
        'Mitteilungen dieser Website sind blockiert. Erlauben Sie sie in den Einstellungen des Browsers, und laden Sie diese Seite neu.',
      on: 'Mitteilungen sind auf diesem Gerät eingeschaltet.',
      off: 'Mitteilungen sind auf diesem Gerät ausgeschaltet.',
      asking: 'Bitte erlauben Sie dem Browser die Mitteilungen.',
      refused: 'Nichts wurde eingeschaltet: Sie haben Mitteilungen dieser Website nicht erlaubt.',
      unreachable:
        'Nichts wurde eingeschaltet: Der Browser erreicht seinen Push-Dienst nicht (#). Versuchen Sie es noch einmal.',
      leaving: 'Wird ausgeschaltet.',
      broken: 'Dieser Browser unterstützt hier keine Mitteilungen (#).',
    },
  },

  live: {
    signedOut: (again) =>
      html`Sie sind abgemeldet, deshalb wird diese Seite nicht mehr aktualisiert. ${again('Neu anmelden')}`,
    notFound: (again) =>
      html`Diese Anfrage ist nicht mehr auffindbar, deshalb wird diese Seite nicht mehr aktualisiert.
      ${again('Noch einmal nachsehen')}`,
    changed: (show) => html`Die Argumente wurden inzwischen geändert. ${show('Aktuellen Stand anzeigen')}`,
    settled:
      'Die Anfrage wurde inzwischen entschieden, wie oben zu sehen ist. Ihre Eingabe wurde nicht gesendet.',
  },

  list: {
    inbox: 'Eingang',
    lists: 'Listen',
    mine: 'Meine',
    all: 'Alle',
    decided: 'Entschieden',
    waiting: 'Offene Anfragen',
    several: 'Mehrere zugleich',
    refresh: 'Aktualisieren',
    more: 'Es sind mehr Anfragen offen, als hier stehen. Sie rücken nach, sobald diese entschieden sind.',
    next: 'Nächste Seite',
    nothing: 'Für Sie ist nichts offen',
    appears:
      'Sobald ein Assistent eine Freigabe braucht, erscheint die Anfrage hier. Mit „Aktualisieren“ sehen Sie noch einmal nach.',
    others: (all) => html`Was auf andere wartet, steht unter ${all('Alle')}.`,
    noneDecided: 'Noch wurde nichts entschieden',
    noMatch: 'Keine Treffer',
    searchAgain: (all) => html`Suchen Sie nach Wortanfängen, oder lassen Sie sich ${all('alle anzeigen')}.`,
    requestedBy: (who) => html`für ${who}`,
    within: (conversation) => html`in ${conversation}`,
    status: {
      pending: 'offen',
      approved: 'freigegeben',
      denied: 'abgelehnt',
      answered: 'beantwortet',
      expired: 'abgelaufen',
      cancelled: 'abgebrochen',
    },
    vote: {
      approve: 'freigegeben',
      deny: 'abgelehnt',
      edit: 'geändert freigegeben',
      respond: 'beantwortet',
    },
    unreadable: (errors) => {
      const named = errors.map(({ field }) => FILTERS[field] ?? field);
      return `Die Liste kann so nicht angezeigt werden. Nicht gültig: ${named.join(', ')}.`;
    },
  },

  filters: {
    search: 'Suchen',
    clear: 'Zurücksetzen',
    more: 'Weitere Filter',
    tool: 'Tool',
    requester: 'Angefragt von',
    conversation: 'Konversation',
    risk: 'Risiko',
    any: 'beliebig',
    risks: { low: 'gering', medium: 'mittel', high: 'hoch', critical: 'kritisch' },
  },

  several: {
    title: 'Mehrere zugleich',
    lead: (most) =>
      `Wählen Sie aus, was Sie gelesen haben, und entscheiden Sie unten darüber: höchstens ${most}. Jede Anfrage wird für sich entschieden.`,
    next: (most) => `Die nächsten ${most}`,
    notHere: 'Hier lässt sich nichts gemeinsam entscheiden',
    decide: 'Ihre Entscheidung über die Auswahl',
    means:
      'Was Sie freigeben, wird einmal ausgeführt, genau wie oben gezeigt. Eine Ablehnung erfährt, wer angefragt hat.',
    approve: 'Auswahl freigeben',
    deny: 'Auswahl ablehnen',
    approvers: (groups) => html`Entscheiden dürfen: ${groups}.`,
    denyAlone: 'Eine Ablehnung braucht hier eine Begründung. Lehnen Sie auf der Seite der Anfrage ab.',
    read: (title) => html`Gelesen: ${title}`,
    alone: 'Einzeln zu entscheiden',
    notTicked: (most) =>
      `Nichts ist ausgewählt, deshalb wurde nichts entschieden. Wählen Sie höchstens ${most} aus.`,
    notPressed: 'Noch wurde nichts entschieden: Wählen Sie eine der Schaltflächen unten.',
    unread: 'Was davor gesagt wurde, ließ sich gerade nicht lesen.',
    unreadable: {
      decision: 'Nichts wurde entschieden: Mehrere Anfragen lassen sich nur freigeben oder ablehnen.',
      chosen: 'Nichts wurde entschieden: Laden Sie die Seite neu, und wählen Sie noch einmal aus.',
      tooMany: (has, most) =>
        `Nichts wurde entschieden: ${has} Anfragen sind ausgewählt, höchstens ${most} lassen sich zugleich entscheiden.`,
      twice: 'Nichts wurde entschieden: Eine Anfrage ist doppelt ausgewählt, jede wird einmal entschieden.',
    },
    why: {
      emergency: 'Sie dürfen nur im Notfall darüber entscheiden, mit Begründung.',
      passkey: 'Sie muss mit einem Passkey bestätigt werden.',
      auth: 'Die Richtlinie verlangt eine bestimmte Art der Anmeldung.',
      note: 'Sie braucht eine Begründung.',
      denyNote: 'Eine Ablehnung braucht hier eine Begründung.',
      quorum: 'Mehrere Personen müssen zustimmen.',
      changed: 'Die Argumente wurden geändert.',
      again: 'Sie war schon freigegeben und wird erneut vorgelegt.',
      long: 'Sie ist zu lang, um neben anderen gelesen zu werden.',
      cut: 'Die Darstellung des Tools ist gekürzt.',
      deceives: 'Sie enthält Zeichen, die täuschen können.',
    },
    answers: 'Ergebnis der Entscheidungen',
    summary: ({ isApproval, all, done, taken, unknown }) =>
      [
        `${done} von ${all} ${isApproval ? 'freigegeben' : 'abgelehnt'}.`,
        ...(taken > 0 ? [`${taken} angenommen, aber noch nicht abgeschlossen.`] : []),
        unknown > 0 ? `Bei ${unknown} ist das Ergebnis nicht bekannt.` : 'Sonst wurde nichts entschieden.',
      ].join(' '),
    done: 'Erledigt',
    taken: 'Angenommen',
    not: 'Nicht erledigt',
    again: 'Was nicht bekannt ist, können Sie noch einmal senden. Jede Entscheidung zählt nur einmal.',
    sendAgain: () => 'Noch einmal senden',
    goOn: 'Weiter mit der Liste',
    cameOf: {
      alone: (why) => `Muss einzeln entschieden werden. ${why}`,
      missing: 'Diese Anfrage gibt es nicht.',
      unknown: 'Ob Ihre Entscheidung angekommen ist, ist nicht bekannt.',
      approved: 'Freigegeben.',
      denied: 'Abgelehnt.',
      duplicate: 'Ihre Entscheidung war schon gezählt. Sie zählt einmal.',
      voted: 'Ihre Stimme zählt. Andere müssen noch zustimmen.',
      accepted: 'Ihre Entscheidung ist gespeichert und gilt, sobald ein Worker läuft.',
      conflict: 'Eine andere Entscheidung war schneller.',
      reused: 'Auf derselben Seite hatten Sie schon anders entschieden. Die erste Entscheidung gilt.',
      expired: 'Zu spät: Die Frist war abgelaufen.',
      cancelled: 'Der Vorgang war schon abgebrochen.',
    },
  },

  status: {
    pending: 'Offen',
    approved: 'Freigegeben',
    denied: 'Abgelehnt',
    answered: 'Von einer Person beantwortet',
    expired: 'Abgelaufen',
    cancelled: 'Abgebrochen',
  },

  didAt: (who, decision, at) => html`<strong>${who}</strong> ${DID[decision]}, ${at}`,
  didWords: (who, decision) => `${who} ${DID[decision]}.`,

  outcome: {
    executing: 'Die Aktion wird ausgeführt.',
    executed: 'Die Aktion wurde ausgeführt.',
    failed: 'Die Aktion wurde versucht und ist fehlgeschlagen.',
    not_executed: 'Die Aktion wurde nicht ausgeführt.',
    stale:
      'Die Freigabe galt nicht mehr, als die Aktion ausgeführt werden sollte. Sie wurde nicht ausgeführt.',
    unknown: 'Ob die Aktion ausgeführt wurde, ist nicht bekannt. Prüfen Sie das, bevor Sie sie wiederholen.',
  },

  sent: {
    counts: 'Ihre Entscheidung gilt.',
    pending:
      'Ihre Entscheidung ist gespeichert und gilt, sobald ein Worker läuft. Laden Sie diese Seite neu, um das Ergebnis zu sehen.',
    expired: 'Zu spät: Die Frist war abgelaufen, bevor Ihre Entscheidung ankam. Nichts wurde ausgeführt.',
    cancelled: 'Der Vorgang wurde abgebrochen, bevor Ihre Entscheidung ankam. Nichts wurde ausgeführt.',
    other: 'Ihre Entscheidung gilt nicht: Eine andere war schneller. Sie steht unten.',
  },

  card: {
    tabs: 'Diese Anfrage',
    approval: 'Freigabe',
    record: 'Protokoll',
    next: (title) => html`Weiter: ${title}`,
    why: 'Warum eine Person gefragt wird',
    whatRuns: 'Was ausgeführt wird',
    arguments: 'Die Argumente',
    whatIsAsked: 'Was angefragt wird',
    allArguments: 'Alle Argumente',
    digest: 'Prüfsumme',
    askedBefore: (by, at, why) => html`Schon einmal angefragt, freigegeben von ${by}, ${at}. ${why}`,
    hidden: (names) => html`Die Argumente enthalten unsichtbare Zeichen. Sie sind unten markiert: ${names}.`,
    lookAlikes: (names) =>
      html`Die Argumente enthalten Namen, die etwas anderes sein können, als sie scheinen. Sie sind unten
      markiert: ${names}.`,
    mayNot: 'Sie dürfen hier nicht entscheiden',
    voted: 'Sie haben abgestimmt',
    voteStands: 'Eine Stimme bleibt bestehen. Jetzt müssen andere entscheiden.',
    whoever: (must) => `Wer hier entscheidet, ${must}`,
    whoeverOfIt: (must) => `Wer hier entscheidet, ${must}`,
    must: {
      bePerson: (person) =>
        `muss ${person} sein: Die Anfrage richtet sich an diese Person und an niemanden sonst.`,
      beOf: (groups) => `muss zu einer dieser Gruppen gehören: ${groups}.`,
      beOther: (person) =>
        `muss jemand anderes sein: ${person} hat die Aktion angefragt, und die Richtlinie verlangt eine andere Person.`,
      notHaveVoted: 'hat schon abgestimmt. Eine Stimme bleibt bestehen.',
    },
    proposed: 'Wie es geändert wurde',
    byModel: (at) => html`Was das Modell angefragt hat, ${at}`,
    byRequester: (who, at) => html`Was ${who} angefragt hat, ${at}`,
    byPerson: (who, at) => html`Was ${who} daraus gemacht hat, ${at}`,
    fell: (who, decision, at) =>
      html`${who} ${DID[decision]}, ${at}. Durch die nächste Änderung gilt das nicht mehr.`,
    resolution: 'Was entschieden wurde',
    through: (source) => html`über ${source}`,
    glassBroken: 'Notfallentscheidung',
    nobodyDecided: 'Bis zum Ende der Frist hat niemand entschieden.',
    turnEnded: 'Der Vorgang endete, bevor jemand entschieden hatte.',
    note: 'Begründung',
    answerToRequester: 'Antwort an die anfragende Stelle',
    answerToModel: 'Antwort an das Modell',
    requesterActs: 'Die anfragende Stelle liest die Antwort und handelt danach.',
    lookAgain: 'Noch einmal nachsehen',
    output: 'Was das Tool zurückgegeben hat',
    leftInRecord: (left) => `… ${count(left)} weitere Zeichen im Protokoll`,
    leftCharacters: (left) => `… ${count(left)} weitere Zeichen`,
    leftFields: (left) =>
      left === 1
        ? 'Ein weiteres Feld ist hier nicht gezeigt.'
        : `${count(left)} weitere Felder sind hier nicht gezeigt.`,
    risk: {
      low: 'Geringes Risiko',
      medium: 'Mittleres Risiko',
      high: 'Hohes Risiko',
      critical: 'Kritisches Risiko',
    },
    notPresented:
      'Das Tool konnte diesen Aufruf nicht selbst darstellen. Stattdessen sehen Sie die Argumente.',
    presented: 'Darstellung des Tools',
  },

  said: {
    title: 'Was gesagt wurde',
    unavailable:
      'Was davor gesagt wurde, ließ sich gerade nicht lesen. Laden Sie die Seite neu, um es noch einmal zu versuchen.',
    before: (lines) => (lines === 1 ? 'Eine Zeile davor' : `${count(lines)} Zeilen davor`),
    byUser: 'Worte der Nutzerin oder des Nutzers',
    byThisUser: (user) => html`Worte von ${user}`,
    byModel: 'Worte des Modells',
    byUs: 'Nachricht von Countersign an das Modell',
  },

  facts: {
    onBehalf: 'Im Auftrag von',
    nobody: 'niemand genannt',
    meantFor: 'Gerichtet an, laut Anfrage',
    meantOnlyFor: 'Gerichtet an, und an niemanden sonst',
    conversation: 'Konversation',
    assistant: 'Assistent',
    askedAt: 'Angefragt',
    runEnds: 'Ende des Laufs',
    noRunDeadline: 'der Lauf hat keine Frist',
    thenCancelled: 'dann wird der Lauf abgebrochen',
    thenTold: 'dann erfährt das Modell, dass nichts geschehen ist',
  },

  told: {
    title: 'Wer benachrichtigt wurde',
    inTeams: (channel) => html`<strong>${channel}</strong> in Teams`,
    by: (who, channel) => html`<strong>${who}</strong> über ${channel}`,
    sent: (at) => html`benachrichtigt, ${at}`,
    reminded: (at) => html`erinnert, ${at}`,
    sentOnly: 'benachrichtigt, aber nicht über das Ergebnis.',
    remindedOnly: 'erinnert, aber nicht über das Ergebnis benachrichtigt.',
    failed: 'nicht zugestellt.',
    unknown: 'vielleicht nicht zugestellt.',
    later: (at) => html`noch nicht zugestellt, nächster Versuch ${at}.`,
  },

  votes: {
    title: 'Stimmen',
    unmeetable: (rule) =>
      html`Niemand kann diese Regel erfüllen: ${rule}. So war es zum Zeitpunkt der Anfrage. Der Betrieb ist
      informiert.`,
    missing: (missing) => `Es fehlt: ${missingIn(missing)}.`,
    deniers: (people) => `${people} Personen müssen ablehnen, damit die Anfrage abgelehnt ist.`,
    notRequester: 'Wer angefragt hat, darf nicht entscheiden.',
    emergency: (groups) => html`Im Notfall darf ${groups} allein entscheiden, mit Begründung.`,
  },

  decide: {
    title: 'Ihre Entscheidung',
    approve: 'Freigeben',
    deny: 'Ablehnen',
    note: 'Begründung (optional)',
    noteRequired: 'Begründung (erforderlich)',
    vote: 'Das ist eine von mehreren Stimmen. Ausgeführt wird, wie oben gezeigt, sobald auch die anderen zustimmen.',
    edit: 'Mit anderen Argumenten freigeben',
    agreeAgain: 'Die anderen müssen der Änderung erneut zustimmen.',
    json: 'Argumente als JSON',
    approveEdit: 'Diese Argumente freigeben',
    look: 'Änderung ansehen',
    change: 'Was Sie ändern würden',
    notYet: 'Noch wurde nichts entschieden.',
    respond: 'Stattdessen antworten',
    answer: 'Antwort',
    sendAnswer: 'Diese Antwort senden',
    means: {
      turn: {
        approve: 'Wird einmal ausgeführt, genau wie oben gezeigt.',
        deny: 'Das Modell erfährt es, mit Ihrer Begründung.',
        denyNote: 'Begründung für das Modell und das Protokoll',
        edit: 'Wird einmal mit dem ausgeführt, was Sie hier eingeben. Die Regeln des Tools und die Richtlinie werden erneut geprüft.',
        respond: 'Wird nicht ausgeführt. Das Modell erhält Ihren Text als Ausgabe des Tools.',
      },
      provider: {
        approve: 'Der Anbieter führt es aus, genau wie oben gezeigt. Das lässt sich nicht zurücknehmen.',
        deny: 'Das Modell erfährt es, mit Ihrer Begründung.',
        denyNote: 'Begründung für das Modell und das Protokoll',
        edit: '',
        respond: '',
      },
      request: {
        approve: 'Die anfragende Stelle darf fortfahren, wie oben gezeigt.',
        deny: 'Die anfragende Stelle erhält eine Absage, mit Ihrer Begründung.',
        denyNote: 'Begründung für die anfragende Stelle und das Protokoll',
        edit: 'Die anfragende Stelle soll stattdessen tun, was Sie hier eingeben: „action“ und auf Wunsch „context“.',
        respond: 'Die anfragende Stelle erhält Ihren Text anstelle einer Zu- oder Absage.',
      },
    },
    emergency: {
      title: 'Notfall: allein entscheiden',
      lead: 'Ihre Entscheidung gilt sofort, ohne die übrigen Stimmen. Sie bleibt dauerhaft gekennzeichnet, ebenso Ihre Begründung.',
      reason: 'Begründung',
      approve: 'Allein freigeben',
      deny: 'Allein ablehnen',
    },
  },

  change: {
    none: 'Es gibt keinen Unterschied.',
    unchanged: (names) => html`Unverändert: ${names}`,
    before: 'Vorher',
    after: 'Nachher',
    absent: 'nicht vorhanden',
    added: '[hinzugefügt: ',
    removed: '[entfernt: ',
    same: (left) => `… ${count(left)} gleiche Zeichen …`,
  },

  args: {
    none: 'Der Aufruf hat keine Argumente.',
    emptyName: 'LEERER NAME',
    emptyText: 'LEERER TEXT',
    emptyList: 'LEERE LISTE',
    emptyObject: 'LEERES OBJEKT',
    lineBreak: 'Zeilenumbruch',
    formats: {
      'date-time': 'Datum und Uhrzeit',
      date: 'Datum',
      email: 'E-Mail-Adresse',
      uri: 'Webadresse',
    },
    kinds: { nothing: 'kein Wert', text: 'Text', boolean: 'Ja oder Nein', object: 'Objekt', number: 'Zahl' },
    list: (length) => (length === 1 ? 'Liste mit einem Eintrag' : `Liste mit ${count(length)} Einträgen`),
    more: (left) => `und ${count(left)} weitere`,
  },

  grants: {
    title: 'Vorabfreigaben',
    lead: 'Aufrufe, die ohne Rückfrage ausgeführt werden, weil jemand einen solchen Aufruf schon freigegeben hat.',
    noStore: 'Dieses Gateway hat keinen Datenspeicher, deshalb gibt es keine Vorabfreigaben.',
    none: 'Zurzeit gibt es keine.',
    more: 'Es gibt mehr Vorabfreigaben, als hier stehen. Sie rücken nach, sobald diese enden oder zurückgenommen werden.',
    letThrough: (by, what, until) => html`Freigegeben von ${by}: ${what}, bis ${until}.`,
    given: 'Zur ursprünglichen Freigabe',
    conversation: (conversation) => html`Konversation ${conversation}`,
    onBehalf: (who) => html`im Auftrag von ${who}`,
    takeBack: 'Zurücknehmen',
    takenBack: (by, at) => html`Zurückgenommen von ${by}, ${at}.`,
    notFound: 'Diese Vorabfreigabe gibt es nicht.',
    what: ({ forMs, less, isConversation }) =>
      html`das Gleiche ${lasting(forMs)} lang${less !== null && html`, auch mit kleinerem Wert für ${less}`},
      ${isConversation ? 'in dieser Konversation' : 'für diese anfragende Stelle'}`,
    tick: (what) => html`Zusätzlich vorab freigeben: ${what}. Dann wird niemand mehr gefragt.`,
    tickAll: 'Das gilt nur, wenn alle Abstimmenden es wünschen.',
    byGrant: (by, until) => html`Niemand wurde gefragt: Es gilt die Vorabfreigabe von ${by}, bis ${until}.`,
    also: (what, until) => html`Vorab freigegeben ist auch: ${what}, bis ${until}.`,
  },

  record: {
    title: 'Protokoll',
    lead: (tool) =>
      html`Was mit ${tool ?? 'dieser Anfrage'} geschehen ist, Schritt für Schritt, wie es das Protokoll
      festhält.`,
    more: (left) => `Und ${count(left)} weitere. Der Beleg enthält sie alle.`,
    entry: (sequence) => `Eintrag ${sequence}`,
    texts: {
      reason: 'Warum eine Person gefragt wird',
      note: 'Begründung',
      response: 'Gegebene Antwort',
      output: 'Ergebnis',
    },
    erased: {
      reason: 'Der Grund der Anfrage wurde gelöscht.',
      note: 'Die Begründung wurde gelöscht.',
      response: 'Die Antwort wurde gelöscht.',
      output: 'Das Ergebnis wurde gelöscht.',
    },
    verify: 'Prüfen',
    save: 'Beleg speichern',
    holds:
      'Er enthält diese Einträge, jeden mit dem Nachweis, dass er im Protokoll steht. Jeder kann ihn auf jedem Rechner prüfen, ohne Netz:',
    keys: (keys) =>
      html`<code>keys.json</code> enthält die ${keys('öffentlichen Schlüssel')} dieser Installation. Beziehen
        Sie sie von jemandem, dem Sie vertrauen, nicht von der Stelle, die Ihnen den Beleg gibt.`,
    unsigned:
      'Dieses Gateway hat keinen Signaturschlüssel. Der Beleg zeigt Beschädigungen, aber nicht, wer ihn geschrieben hat.',
    none: 'Das Protokoll hat noch keinen Eintrag zu dieser Anfrage. Er kann noch folgen: Einträge werden geschrieben, sobald der Datenspeicher antwortet.',
    down: 'Der Datenspeicher ist gerade nicht erreichbar, deshalb lässt sich das Protokoll nicht anzeigen. Nichts ist verloren. Versuchen Sie es gleich noch einmal.',
    meanwhile: 'Die Anfrage selbst können Sie inzwischen lesen und entscheiden.',
    absent: (variable) =>
      html`Dieses Gateway führt kein Protokoll, deshalb lässt sich später nicht nachweisen, wer entschieden
      hat. Der Betrieb gibt dem Gateway und den Workern mit ${variable} einen Datenspeicher.`,
    noReceipt: 'Dieses Gateway hat keinen Datenspeicher, deshalb gibt es keinen Beleg.',
    somebody: 'jemand',
    entries: {
      requested: (requester, until) =>
        html`Angefragt${requester !== null && html` für <strong>${requester}</strong>`},
        ${until === null ? 'ohne Frist' : html`offen bis ${until}`}.`,
      voted: (who, decision) => html`${who} ${decision === undefined ? 'hat entschieden' : DID[decision]}.`,
      breakGlass: (who, decision) =>
        html`Notfallentscheidung: ${who}
        ${decision === undefined ? 'hat allein entschieden' : `${DID[decision]}, allein`}.`,
      refused: (who, why) => html`Eine Entscheidung wurde nicht angenommen (${who}): ${why}.`,
      settled: (status, grant) =>
        html`Abgeschlossen:
          <strong>${status}</strong>${grant !== null && html`, durch die Vorabfreigabe von ${grant}`}.`,
      granted: (until) =>
        html`Spätere Aufrufe, die gleich sind oder weniger verlangen, sind ebenfalls
        freigegeben${until !== null && html`, bis ${until}`}.`,
      grantRevoked: (who) => html`${who} hat die Vorabfreigabe zurückgenommen.`,
      parked: 'Zurückgestellt: Die Konversation ging weiter, die Anfrage blieb offen.',
      started: 'Die Aktion hat begonnen.',
      executed: 'Die Aktion wurde ausgeführt.',
      failed: 'Die Aktion wurde versucht und ist fehlgeschlagen.',
      unknown: 'Ob die Aktion ausgeführt wurde, ist nicht bekannt.',
      stale:
        'Die Freigabe galt nicht mehr, als die Aktion ausgeführt werden sollte. Sie wurde nicht ausgeführt.',
      expired: 'Abgelaufen: Bis zum Ende der Frist haben nicht genug Personen entschieden.',
      cancelled: 'Abgebrochen: Der Vorgang endete, bevor er entschieden oder ausgeführt war.',
      noticed: (who) => html`Eine Nachricht wurde gesendet${who !== null && html` an ${who}`}.`,
      escalated: 'Weitere Personen wurden benachrichtigt, weil niemand entschieden hatte.',
      delegated: (who) => html`Eine Vertretung ist zuständig${who !== null && html` für ${who}`}.`,
    },
    known: {
      key: 'ausgewiesen durch einen API-Schlüssel',
      oidc: 'angemeldet beim Identitätsanbieter',
      link: 'angemeldet mit einem Link',
      webhook: 'genannt von einem Webhook',
      cli: 'an der Kommandozeile',
      handover: 'am Handover',
      slack: 'in Slack, mit dem dortigen Konto',
      signal: 'durch ein Signal an den Gateways vorbei',
      client: 'durch ein Programm',
      passkey: 'mit Passkey',
      signed: 'ein Gateway hat die Entscheidung signiert',
      unsigned: 'die Entscheidung ist nicht signiert',
    },
    refused: {
      malformed_decision: 'es war keine Entscheidung',
      digest_mismatch: 'die Argumente waren nicht die angezeigten',
      invalid_arguments: 'die geänderten Argumente passten nicht zum Tool',
      forbidden: 'die Richtlinie verbietet die geänderten Argumente',
      not_an_approver: 'die Person gehört zu keiner der Gruppen, die entscheiden dürfen',
      requester: 'die Anfrage lief auf diese Person, und jemand anderes muss entscheiden',
      revoked: 'der Person war das Recht zu entscheiden entzogen',
      authentication_too_old: 'die Anmeldung war zu alt oder zu schwach',
      already_voted: 'die Person hatte schon abgestimmt',
      note_required: 'die Begründung fehlte',
      not_break_glass: 'die Person darf keine Notfallentscheidung treffen oder hat sie zu knapp begründet',
      unattested: 'kein vertrauenswürdiges Gateway hatte sie signiert',
      too_large: 'sie war zu groß',
      not_possible: 'diese Entscheidung ist hier nicht möglich',
      under_review: 'eine andere Änderung wurde gerade geprüft',
      too_many_edits: 'die Person hatte zu oft geändert',
    },
    over: {
      late: 'die Frist war abgelaufen',
      cancelled: 'der Vorgang war beendet',
      conflict: 'es war schon entschieden',
      reused: 'die Kennung war schon für eine andere Entscheidung verwendet',
    },
  },

  signIn: {
    title: 'Anmelden',
    open: 'Eingang öffnen',
    link: (who, tenant) =>
      html`Dieser Link meldet Sie als <strong>${who}</strong> bei <strong>${tenant}</strong> an, für 12
        Stunden in diesem Browser.`,
    once: 'Der Link gilt einmal und zehn Minuten lang.',
    linkUsedUp: 'Dieser Anmeldelink wurde schon benutzt, ist älter als zehn Minuten oder unvollständig.',
    signedOut: 'Abgemeldet',
    newLink: 'Mit einem neuen Anmeldelink kommen Sie zurück.',
    again: 'Neu anmelden',
    needsLink: 'Öffnen Sie einen neuen Anmeldelink. Der Betrieb dieses Gateways kann Ihnen einen schicken.',
    goToInbox: 'Gehen Sie zum Eingang, um sich anzumelden.',
    revoked: 'Ihnen wurde das Recht zu entscheiden entzogen, deshalb sind Sie nicht angemeldet.',
    notSignedIn: 'Sie sind nicht mehr angemeldet',
    mustShow: 'Die Richtlinie verlangt, dass Sie sich erneut ausweisen',
    kept: (why) => `${why}. Nichts wurde entschieden. Ihre Eingabe bleibt eine Stunde lang erhalten.`,
    comeBack: 'Anmelden und zurückkehren',
    otherTab: (link) => html`${link('In einem anderen Tab anmelden')}, dann hierher zurückkehren.`,
    linkInOtherTab:
      'Öffnen Sie in einem anderen Tab dieses Browsers einen neuen Anmeldelink; der Betrieb dieses Gateways kann Ihnen einen schicken. Kehren Sie dann zu diesem Tab zurück.',
    goOn: 'Ich bin angemeldet: weiter',
    draftLost: 'Entwürfe bleiben eine Stunde lang in einem Browser erhalten. Öffnen Sie die Anfrage neu.',
    resumed:
      'Sie sind wieder angemeldet. Noch wurde nichts entschieden: Ihre Eingabe steht unten und kann gesendet werden.',
    settledMeanwhile: 'Die Anfrage wurde inzwischen entschieden. Ihre Eingabe wurde nicht gesendet.',
    nobody: (why) => `${why} Niemand wurde angemeldet.`,
    notBegunHere:
      'Diese Antwort gehört zu keiner Anmeldung, die dieser Browser in den letzten 15 Minuten begonnen hat, oder sie kam schon einmal. Beginnen Sie von vorn.',
    untrusted: (why) => `Der Antwort des Identitätsanbieters ist nicht zu trauen. ${why}`,
    notLinked: ({ id, issuer, subject }) =>
      `Ihre E-Mail-Adresse gehört im Verzeichnis zu „${id}“, und dieses Konto ist dort nicht hinterlegt. Der Betrieb dieses Gateways kann es eintragen: issuer „${issuer}“, subject „${subject}“.`,
    idTaken: (id) => `Im Verzeichnis gehört die Kennung „${id}“ schon jemand anderem.`,
    noTenant: (claim) =>
      `Der Identitätsanbieter nennt keinen gültigen Mandanten. Er muss im Claim „${claim}“ stehen.`,
    groups: (claim, most) =>
      `Der Claim „${claim}“ des Identitätsanbieters muss eine Liste von höchstens ${most} Gruppennamen sein, jeder mit höchstens 200 Zeichen. Er soll weniger senden.`,
    answered: (code) => `Der Identitätsanbieter hat mit „${code}“ geantwortet.`,
    code: 'Der Identitätsanbieter nimmt den Code nicht an, der mit dieser Antwort kam.',
    wrong: {
      iss: 'Sie nennt einen anderen Aussteller (iss).',
      aud: 'Sie ist für eine andere Anwendung bestimmt (aud).',
      azp: 'Sie wurde für eine andere Anwendung ausgestellt (azp).',
      nonce: 'Sie beantwortet eine andere Anmeldung (nonce).',
      exp: 'Sie ist abgelaufen (exp).',
      nbf: 'Sie gilt noch nicht (nbf).',
      auth_time: 'Die Anmeldung dahinter liegt zu lange zurück (auth_time).',
      alg: 'Ihr Algorithmus wird hier nicht akzeptiert (alg).',
      signature: 'Ihre Signatur stammt von keinem Schlüssel des Anbieters.',
      other: 'Sie entspricht nicht OpenID Connect.',
    },
    unavailable:
      'Der Identitätsanbieter ist nicht erreichbar, deshalb kann sich gerade niemand anmelden. Versuchen Sie es gleich noch einmal. Wer angemeldet ist, bleibt es.',
  },

  passkeys: {
    title: 'Passkeys',
    lead: 'Manche Entscheidungen gelten nur, wenn Sie sie mit einem Passkey bestätigen. Ihre Passkeys stehen hier.',
    none: 'Sie haben noch keinen.',
    added: (at) => html`hinzugefügt ${at},`,
    neverUsed: 'nie benutzt',
    lastUsed: (at) => html`zuletzt benutzt ${at}`,
    lost: 'Wenn Sie einen verlieren, kann der Betrieb dieses Gateways ihn entfernen.',
    add: 'Passkey hinzufügen',
    notHere: (why) => `Passkeys funktionieren hier nicht: ${why}`,
    newLink: 'Öffnen Sie zuerst einen neuen Anmeldelink: Ihrer ist älter als zehn Minuten.',
    again: (link) => html`${link('Neu anmelden')}: Ihre letzte Anmeldung ist älter als zehn Minuten.`,
    deviceName: 'Name, unter dem Sie ihn wiedererkennen',
    noScript: 'Passkeys brauchen JavaScript, als Einziges im Eingang neben den Mitteilungen.',
    notAdded: 'Kein Passkey wurde hinzugefügt.',
    unproven:
      'Die Antwort des Browsers weist keinen neuen Passkey nach, deshalb wurde keiner hinzugefügt. Versuchen Sie es noch einmal.',
    most: (most) => `Sie haben ${most} Passkeys, mehr sind nicht möglich.`,
    known: 'Dieser Passkey ist bereits registriert.',
    problems: {
      store: 'Dieses Gateway hat keinen Datenspeicher für Passkeys.',
      unset:
        'COUNTERSIGN_PUBLIC_URL ist nicht gesetzt. Der Betrieb dieses Gateways muss dort eine https-Adresse mit einem Namen eintragen.',
      address:
        'COUNTERSIGN_PUBLIC_URL enthält eine IP-Adresse, und Passkeys gehören zu einem Namen. Der Betrieb dieses Gateways muss dort eine https-Adresse mit einem Namen eintragen.',
      plain:
        'COUNTERSIGN_PUBLIC_URL ist keine https-Adresse. Der Betrieb dieses Gateways muss dort eine https-Adresse mit einem Namen eintragen.',
    },
    needed: 'Ein Passkey ist nötig',
    touch: 'Mit dem Passkey bestätigen',
    about: ({ isAlone, decision, tool, grant }) =>
      html`Das bestätigen Sie${isAlone && html` als <strong>Notfallentscheidung</strong>`}:
        <strong>${TOUCHED[decision]}</strong>, ${tool}${grant !== null && html`, und vorab ${grant}`}. Noch
        wurde nichts entschieden.`,
    haveNone: (add) =>
      html`Die Richtlinie verlangt einen Passkey, und Sie haben noch keinen.
      ${add('In einem anderen Tab hinzufügen')}, dann hierher zurückkehren.`,
    haveNow: 'Jetzt habe ich einen: weiter',
    decide: 'Mit dem Passkey bestätigen und entscheiden',
    notTouched:
      'Der Passkey weist nichts nach: Er gehört nicht Ihnen oder wurde für etwas anderes, schon einmal oder vor mehr als zehn Minuten bestätigt. Nichts wurde entschieden. Versuchen Sie es noch einmal.',
  },

  push: {
    title: 'Mitteilungen',
    lead: 'Ein Gerät kann Ihnen melden, wenn Sie gefragt werden. Es zeigt, wer für welches Tool fragt, und keine Argumente.',
    here: 'Auf diesem Gerät',
    devices: 'Ihre Geräte',
    allOff: 'Mitteilungen sind auf allen ausgeschaltet.',
    notHere: (why) => `Hier gibt es keine Mitteilungen: ${why}`,
    noStore: 'Dieses Gateway hat keinen Datenspeicher für Geräte.',
    noKey: 'Der Betrieb dieses Gateways hat COUNTERSIGN_VAPID_PUBLIC_KEY nicht gesetzt.',
    deviceName: 'Name, unter dem Sie es wiedererkennen',
    switchOn: 'Einschalten',
    switchOff: 'Ausschalten',
    switchOffOn: (name) => `Ausschalten auf ${name}`,
    noScript:
      'Mitteilungen brauchen JavaScript, denn nur ein Skript kann den Browser darum bitten. Unten können Sie sie auch ohne ausschalten.',
    since: (name, at) => html`<strong>${name}</strong> seit ${at}`,
    isOn: 'Mitteilungen sind auf diesem Gerät eingeschaltet.',
    isOff: 'Mitteilungen sind auf jenem Gerät ausgeschaltet.',
    notOn: (why) => `Nichts wurde eingeschaltet. ${why}`,
    none: 'Dieses Gateway hat keine Mitteilungen.',
    noDevice: 'Die Antwort des Browsers nennt kein Gerät. Versuchen Sie es noch einmal.',
    address: () => 'An den Push-Dienst dieses Browsers darf das Gateway nicht senden.',
    most: (most) => `Sie haben ${most} Geräte, mehr sind nicht möglich. Schalten Sie zuerst eines aus.`,
    unknown: 'Das Verzeichnis kennt Sie nicht, und nur Personen daraus werden benachrichtigt.',
  },

  refused: {
    changed:
      'Die Argumente haben sich geändert, seit Sie sie gesehen haben. Unten steht, was jetzt ausgeführt würde. Nichts wurde entschieden.',
    reused:
      'Dieses Formular wurde schon mit anderem Inhalt gesendet. Das erste gilt, dieses nicht. Unten steht der aktuelle Stand.',
    notAnApprover: 'Sie gehören nicht zu denen, die hier entscheiden dürfen.',
    requester: 'Die Anfrage läuft auf Sie: Jemand anderes muss entscheiden.',
    revoked: 'Ihnen wurde das Recht zu entscheiden entzogen.',
    voted: 'Sie haben schon abgestimmt, und eine Stimme bleibt bestehen.',
    unattested:
      'Die Worker vertrauen dem Schlüssel dieses Gateways nicht. Melden Sie das dem Betrieb. Nichts wurde entschieden.',
    underReview:
      'Die Änderung einer anderen Person wird gerade geprüft. Nichts wurde entschieden: Laden Sie die Seite gleich neu, und entscheiden Sie, wenn die Anfrage dann noch offen ist.',
    signInAgain: 'Hierfür müssen Sie sich neu anmelden.',
    notBreakGlass: 'Hier ist keine Notfallentscheidung möglich, oder die Begründung ist zu kurz.',
    noteRequired: 'Hier ist eine Begründung nötig.',
    invalidArguments: 'Das passt nicht zum Tool.',
    forbidden: 'Die Richtlinie verbietet das.',
    notPossible: 'Hier können Sie nur freigeben oder ablehnen.',
    tooManyEdits: 'Sie haben hier schon zu oft geändert.',
    tooLarge: 'Das ist zu groß neben den übrigen Anfragen des Vorgangs.',
    malformed: 'Diese Entscheidung ist nicht verständlich.',
    notJson: () => 'ist kein gültiges JSON',
    notObject: 'muss genau ein JSON-Objekt sein: { … }',
    unfaithful: ({ field }) =>
      `lässt sich nicht genau so übernehmen, wie es eingegeben ist: ${field} steht doppelt da oder ist genauer, als es sich speichern lässt`,
    issue: issueIn,
    asWorkersSay: false,
  },

  problems: {
    request: 'Anfragekennung',
    toInbox: 'Zum Eingang',
    storeKeeps:
      'Dort stehen die Liste und die Anmeldungen. Was auf eine Entscheidung wartet, liegt anderswo und wartet weiter.',
    ownFormsOnly: 'Der Eingang nimmt nur seine eigenen Formulare an.',
    crossSite:
      'Nichts ist geschehen. Gehen Sie zurück zur Seite, laden Sie sie neu, und versuchen Sie es von dort noch einmal.',
    titles: {
      'invalid-request': 'Die Anfrage ist nicht gültig',
      'not-signed-in': 'Nicht angemeldet',
      'sign-in-refused': 'Die Anmeldung wurde abgelehnt',
      revoked: 'Diese Person darf nicht mehr entscheiden',
      'identity-provider-unavailable': 'Der Identitätsanbieter antwortet nicht',
      'cross-site': 'Das Formular kam nicht aus diesem Eingang',
      'not-found': 'Unter dieser Adresse gibt es nichts',
      'approval-not-found': 'Diese Anfrage gibt es nicht',
      'grant-not-found': 'Diese Vorabfreigabe gibt es nicht',
      'method-not-allowed': 'Das geht hier nicht',
      'body-too-large': 'Der Inhalt ist zu groß',
      'too-large': 'Ein Teil der Anfrage ist zu groß',
      'unsupported-media-type': 'Dieses Format wird nicht unterstützt',
      'too-busy': 'Zu viele Anfragen laufen gerade',
      internal: 'Bei uns ist etwas schiefgegangen',
      'record-not-configured': 'Dieses Gateway führt kein Protokoll',
      'store-unavailable': 'Der Datenspeicher ist nicht erreichbar',
      'temporal-unavailable': 'Temporal ist nicht erreichbar',
      draining: 'Das Gateway wird gerade beendet',
    },
    texts: {
      'not-found': 'Unter dieser Adresse steht keine Seite.',
      'approval-not-found': 'In diesem Mandanten gibt es keine Anfrage mit dieser Kennung.',
      'method-not-allowed': 'Gehen Sie zurück zur Seite, und benutzen Sie, was dort steht.',
      'body-too-large': 'Nichts ist geschehen. Senden Sie weniger auf einmal.',
      'too-large': 'Nichts ist geschehen. Senden Sie weniger auf einmal.',
      'too-busy': 'Nichts ist geschehen. Versuchen Sie es gleich noch einmal.',
      internal:
        'Ein unerwarteter Fehler ist aufgetreten. Die Ursache steht unter der Anfragekennung im Log des Gateways.',
      'store-unavailable':
        'Der Datenspeicher antwortet nicht. Nichts wurde geändert. Versuchen Sie es noch einmal.',
      'temporal-unavailable':
        'Temporal antwortet nicht. Eine Entscheidung kann noch wirksam werden: Sehen Sie gleich noch einmal nach.',
      draining: 'Versuchen Sie es gleich noch einmal.',
    },
  },
};

const FILTERS: Record<string, string> = {
  q: 'Suche',
  tool: 'Tool',
  requester: 'Angefragt von',
  conversation: 'Konversation',
  risk: 'Risiko',
  cursor: 'Seite',
};

const TOUCHED: Record<DecisionKind, string> = {
  approve: 'Freigabe, wie hier gezeigt',
  deny: 'Ablehnung',
  edit: 'Freigabe mit den Argumenten, die Sie eingegeben haben',
  respond: 'Antwort anstelle der Aktion',
};

function missingIn({ approvals, from, another }: Missing): string {
  const people = (number: number) => (number === 1 ? 'eine Person' : `${number} Personen`);
  const more =
    approvals === 1
      ? 'die Zustimmung einer weiteren Person'
      : `die Zustimmung von ${approvals} weiteren Personen`;
  return [
    ...(approvals > 0 ? [more] : []),
    ...from.map(({ group, atLeast }) => `${people(atLeast)} aus ${group}`),
    ...(another && approvals === 0 ? ['jemand anderes als die Person, die geändert hat'] : []),
  ].join(', ');
}

const UNITS = [
  [86_400_000, 'einen Tag', 'Tage'],
  [3_600_000, 'eine Stunde', 'Stunden'],
  [60_000, 'eine Minute', 'Minuten'],
  [1_000, 'eine Sekunde', 'Sekunden'],
] as const;

function lasting(ms: number): string {
  const [unit, one, many] = UNITS.find(([length]) => ms % length === 0) ?? [
    1,
    'eine Millisekunde',
    'Millisekunden',
  ];
  return ms === unit ? one : `${count(ms / unit)} ${many}`;
}

/** What is wrong with a field, behind its name. */
function issueIn(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'fehlt' : 'hat den falschen Typ';
    case 'too_small':
      return `braucht mindestens ${count(issue.minimum)} ${issue.origin === 'string' ? 'Zeichen' : 'Einträge'}`;
    case 'too_big':
      return `darf höchstens ${count(issue.maximum)} ${issue.origin === 'string' ? 'Zeichen' : 'Einträge'} haben`;
    case 'invalid_value':
      return `muss einen dieser Werte haben: ${issue.values.map(String).join(', ')}`;
    case 'custom':
      return isTooLarge(issue) ? 'ist zu groß' : 'fehlt oder ist hier nicht möglich';
    default:
      return 'hat nicht die erwartete Form';
  }
}
