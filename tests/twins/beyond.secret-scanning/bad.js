// An invented booking service.
const session = require('express-session');
const mysql = require('mysql2');

const jwtSecret = process.env.JWT_SECRET || 'velvet-compass'; // BAD
const config = {
  clientSecret: 'Rk2vQ9xLz7TnWb4Mp0Yc', // BAD
  apiKey: "d41f8cd98a00b204e98f09b8ecf8427e", // BAD
  "smtpPassword": "Lq8!pebble", // BAD
};
const pool = mysql.createPool({ host: 'db.hostel.io', user: 'booking', password: 'Zx81kqLm!' }); // BAD
const hook = fetch('https://prices.hostel.io', { headers: { 'X-Api-Key': 'c2f7a1e09b8d4c3fa6e5d2b1' } }); // BAD
module.exports = (app) => app.use(session({ secret: 'sleepy walrus', resave: false })); // BAD
