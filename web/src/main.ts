import { mount } from 'svelte';

import App from './App.svelte';
import { firstLang, page } from './lib/page.svelte.ts';
import { store } from './lib/store.svelte.ts';
import { words } from './lib/words.svelte.ts';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/frame.css';

page.read();
await words.use(firstLang());
mount(App, { target: document.getElementById('page')! });
await store.start();
