import theme from 'vitepress/theme';
import { h } from 'vue';

import dark from '../../pictures/inbox-card-dark.png';
import light from '../../pictures/inbox-card-light.png';
import './style.css';

const alt = 'A refund in the inbox: what will happen, why a person is asked, until when, and the decisions';

/** The card an approver sees, beside the first lines of the home page. */
function heroImage() {
  return [
    h('img', { class: 'picture light-only', src: light, alt }),
    h('img', { class: 'picture dark-only', src: dark, alt }),
  ];
}

export default {
  extends: theme,
  Layout: () => h(theme.Layout, null, { 'home-hero-image': heroImage }),
};
