import { paginate } from '../http/pagination.ts';
import { noQuery, onDelete, onForm, onGet } from '../http/router.ts';
import type { Parts } from '../parts.ts';
import { emptyFile, fileTooLarge, notDownloadable } from './errors.ts';
import { createFile, listFilesQuery } from './schemas.ts';
import { FILES } from './tables.ts';

export function addFileRoutes({ api, store, files, rules, maximumFileBytes }: Parts): void {
  onForm(api, 'files.create', createFile, async ({ body: { file, purpose } }) => {
    if (file.size > maximumFileBytes) throw fileTooLarge(maximumFileBytes, file.size);
    if (file.size === 0) throw emptyFile();
    const bytes = new Uint8Array(await file.arrayBuffer());
    return files.upload({ filename: file.name, bytes, purpose }).body;
  });

  onGet(api, 'files.list', listFilesQuery, ({ query: { purpose, ...query } }) => {
    const all = store.all(FILES).map(({ body }) => body);
    const asked = all.filter((file) => purpose === undefined || file.purpose === purpose);
    return paginate(asked, { ...query, before: undefined }, rules);
  });

  onGet(api, 'files.retrieve', noQuery, ({ ids }) => files.find(ids.fileId).body);

  onGet(api, 'files.content', noQuery, ({ ids }) => {
    const { body } = files.find(ids.fileId);
    if (body.purpose === 'assistants') throw notDownloadable(body.purpose);
    const bytes = files.content(body.id);
    return new Response(new Blob([new Uint8Array(bytes)]), {
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
        'content-disposition': `attachment; filename="${encodeURIComponent(body.filename)}"`,
      },
    });
  });

  onDelete(api, 'files.delete', ({ fileId }) => {
    files.remove(fileId);
    return { object: 'file', deleted: true, id: fileId };
  });
}
