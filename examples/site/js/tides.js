'use strict';

const HOUR = 3600e3;
const M2 = 12.4206 * HOUR; // the moon's, twice a day
const S2 = 12 * HOUR;      // the sun's

function height(h, t) {
  const wave = (amplitude, period, phase) => amplitude * Math.cos(2 * Math.PI * (t / period) - phase);
  return h.mean + wave(h.m2, M2, h.phase) + wave(h.s2, S2, h.phase / 2);
}

// Turning points of one day, to the minute.
function turns(h, midnight) {
  const found = [];
  for (let m = 1; m < 1440; m++) {
    const [a, b, c] = [m - 1, m, m + 1].map((x) => height(h, midnight + x * 60e3));
    if ((b > a && b >= c) || (b < a && b <= c)) found.push({ minute: m, height: b, high: b > a });
  }
  return found;
}

function clock(minute) {
  return String(Math.floor(minute / 60)).padStart(2, '0') + ':' + String(minute % 60).padStart(2, '0');
}

function draw(canvas, h, midnight) {
  const g = canvas.getContext('2d');
  const top = h.mean + h.m2 + h.s2;
  g.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue('--sea');
  g.lineWidth = 2;
  g.beginPath();
  for (let x = 0; x <= canvas.width; x++) {
    const y = canvas.height * (1 - height(h, midnight + (x / canvas.width) * 24 * HOUR) / (top * 1.1));
    if (x) g.lineTo(x, y);
    else g.moveTo(x, y);
  }
  g.stroke();
}

async function main() {
  const harbours = await (await fetch('/data/harbours.json')).json();
  const midnight = new Date().setHours(0, 0, 0, 0);
  const list = document.getElementById('list');
  if (list) {
    const show = (text) => {
      list.replaceChildren(...harbours.filter((h) => h.name.toLowerCase().includes(text)).map((h) => {
        const li = document.createElement('li');
        li.textContent = `${h.name}: range ${(2 * (h.m2 + h.s2)).toFixed(1)} m at springs`;
        return li;
      }));
    };
    document.getElementById('find').addEventListener('input', (e) => show(e.target.value.toLowerCase()));
    show('');
  }
  const table = document.getElementById('tides');
  if (table) {
    const h = harbours[0];
    document.getElementById('harbour').textContent = h.name;
    for (const t of turns(h, midnight)) {
      const row = table.tBodies[0].insertRow();
      row.className = t.high ? 'high' : 'low';
      row.insertCell().textContent = clock(t.minute);
      row.insertCell().textContent = t.height.toFixed(2) + ' m';
      row.insertCell().textContent = t.high ? 'high' : 'low';
    }
    draw(document.getElementById('curve'), h, midnight);
  }
}

main();
