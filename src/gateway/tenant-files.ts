import type { Attachment, Citation } from '../contracts/files.ts';
import { openFile, sealFile } from './file-handle.ts';
import type { GatewayParts } from './gateway-env.ts';
import { Problem } from './problem.ts';

/** The provider's ids on the inside, a tenant's handles on the outside. */

/** @throws Problem naming every attachment that is no file of the tenant's. */
export function openAttachments(
  { sessionSecret }: GatewayParts,
  tenant: string,
  attachments: readonly Attachment[],
): Attachment[] {
  const opened = attachments.map((attachment) => ({
    attachment,
    file: openFile(sessionSecret, tenant, attachment.fileId),
  }));
  const errors = opened.flatMap(({ file }, index) => {
    const field = `attachments.${index}.fileId`;
    if (file === null) return [{ field, message: 'is no file of this tenant' }];
    return file.right === 'own' ? [] : [{ field, message: 'was only cited, so it cannot be attached' }];
  });
  if (errors.length > 0) {
    const named = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new Problem(
      'invalid-body',
      `The body is not valid: ${named}. Upload the file with POST /v1/files and attach the fileId of the answer.`,
      { errors },
    );
  }
  return opened.map(({ attachment, file }) => ({ ...attachment, fileId: file?.fileId ?? '' }));
}

/** The same object with the tenant's handles in its citations. */
export function sealCitations<Shown extends { citations?: Citation[] }>(
  { sessionSecret }: GatewayParts,
  tenant: string,
  shown: Shown,
): Shown {
  if (shown.citations === undefined) return shown;
  const citations = shown.citations.map((citation) => {
    const { fileId, kind } = citation;
    if (fileId === null) return citation;
    const right = kind === 'file_path' ? 'own' : 'cited';
    return { ...citation, fileId: sealFile(sessionSecret, { tenant, fileId, right }) };
  });
  return { ...shown, citations };
}
