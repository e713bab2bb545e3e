// `npm run serve`: the built page on a made-up desk. `SCENE=cut npm run serve` shows another scene.
import { runnerImport } from 'vite';

const { module } = await runnerImport('./tests/server.ts');
const desk = new module.Desk('dist');
desk.show(process.env.SCENE ?? 'morning');
console.log(await desk.listen(Number(process.env.PORT ?? 4173)));
