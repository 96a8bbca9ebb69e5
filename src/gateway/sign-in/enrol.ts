import type { Store } from '../../store/store.ts';
import type { NewPerson, Person } from '../../store/people/person.ts';
import type { Identity } from './identity-provider.ts';
import { SignInRefused } from './sign-in-refused.ts';
import { words } from '../inbox/strings/words.ts';

const ID_CHARACTERS = 200;

/**
 * The directory's person for who the provider says is there, with name, mail and groups as they are now. Their account leads to them; the
 * first time, so does a mail address that the provider has verified. Whom the directory does not know is added.
 *
 * @returns the id.
 * @throws SignInRefused when the mail address is somebody else's.
 */
export async function enrol({ people }: Pick<Store, 'people'>, identity: Identity): Promise<string> {
  const { tenant, issuer, subject, mail } = identity;
  const byAccount = await people.find(tenant, { issuer, subject });
  const byMail = mail === undefined ? null : await people.find(tenant, { mail });
  const known = byAccount ?? (byMail && mayTakeOver(byMail, identity) ? byMail : null);
  if (byMail !== null && byMail.id !== known?.id) {
    const detail = words().signIn.notLinked({ id: byMail.id, issuer, subject });
    throw new SignInRefused('not_linked', detail);
  }
  const person = current(known ?? (await newcomer(people, identity)), identity);
  await people.put(tenant, [person]);
  return person.id;
}

/** Only of somebody who has no other account there: their mail address may have been given to somebody new. */
function mayTakeOver({ identities }: Person, { issuer }: Identity): boolean {
  return identities.every((account) => account.issuer !== issuer);
}

function current(known: NewPerson, { issuer, subject, name, mail, groups }: Identity): NewPerson {
  const { identities = [] } = known;
  const isKnown = identities.some((account) => account.issuer === issuer && account.subject === subject);
  return {
    ...known,
    ...(name !== undefined && { name }),
    ...(mail !== undefined && { mail }),
    ...(groups && { groups }),
    identities: isKnown ? identities : [...identities, { issuer, subject }],
  };
}

/** An id that nobody has: a verified mail address, or else the account. It has no "@", so it is nobody's mail address. */
async function newcomer(
  people: Store['people'],
  { tenant, issuer, subject, mail }: Identity,
): Promise<NewPerson> {
  const account = `${new URL(issuer).host}/${subject.replaceAll('@', '%40')}`.slice(0, ID_CHARACTERS);
  const wanted = mail !== undefined ? mail.toLowerCase() : account;
  const id = (await people.get(tenant, wanted)) === null ? wanted : account;
  if (id === account && (await people.get(tenant, id)) !== null) {
    throw new SignInRefused('id_taken', words().signIn.idTaken(id));
  }
  return { id };
}
