const secret = process.env.CAPTCHA_SECRET;

module.exports = async (answer) => {
  const body = new URLSearchParams({ secret, response: answer });
  const reply = await fetch('https://hcaptcha.com/siteverify', { method: 'POST', body });
  return (await reply.json()).success;
};
