//! `disclose`: somebody writes to the inspectors, and comes back with seven words.
//!
//! Everything that is secret happens here: the words are drawn, what follows from them is stretched, text and files are
//! padded and sealed to the inspectors' key, and answers are opened. The guard gets sealed bytes and the proof that one
//! has the words. No session is used, and this command writes nothing on this machine but what it is asked to: no head of
//! the room and no place is kept, as other commands keep them.
//!
//! The inspectors' key and the routes are believed only with the proof that the room's ledger shows them ([`believed`]).

mod believed;
mod routes;
mod written;

pub(crate) use believed::BATCH;

use std::fmt::Write as _;
use std::path::PathBuf;

use data_encoding::BASE64;
use strongroom_guard::api::{
    DisclosedMessage, DisclosedQuery, DisclosedShown, DisclosureBrought, Status,
};
use strongroom_record::disclosure::DisclosedContent;
use strongroom_record::{Entropy, OsEntropy, RoomId, RouteName, decode, encode};
use strongroom_seal::disclosure::{Brought, FIRST_MESSAGE};
use strongroom_seal::{
    DisclosureCode, DisclosureKeys, SealedMessage, SealedReply, Suite, SuiteFloor,
};

use crate::cli::Globals;
use crate::client::{Client, read};
use crate::commands::disclose::believed::Bound;
use crate::files;
use crate::outcome::{Exit, Failure, note};
use crate::prompt;
use crate::screen::{Screen, harmless, harmless_lines, print};
use crate::tokens::Tokens;

/// Bytes of a file with a code: seven words of the list take less than a hundred.
const CODE_FILE_MAX_BYTES: usize = 1 << 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files to disclose; text comes from standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Comes back with a code, which is asked for on the terminal: what became of it, answers, proofs
    #[arg(long)]
    code: bool,
    /// The code's file: a new code goes into it if it is empty or absent, and one that is there comes back
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
    /// Coming back, writes a further message; naming files does so too
    #[arg(long)]
    write: bool,
    /// Coming back, puts the files of answers and the proofs of intake into this folder
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The ledger's public keys, from whom you trust; without them those that this account saw first are believed, or else
    /// those that the room gives now
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// By which of the room's routes it goes; --routes lists them
    #[arg(long, value_name = "NAME", conflicts_with_all = ["code", "write"])]
    route: Option<String>,
    /// Lists the routes of the room: what each is for, which inspectors look into it, which body outside there is
    #[arg(long, conflicts_with_all = ["files", "code", "code_file", "write", "output", "route", "yes"])]
    routes: bool,
    /// Sends without asking: from an account that is signed in to the room here, and by a route that names nobody who is an inspector now
    #[arg(long)]
    yes: bool,
}

/// What is asked with.
struct Asked<'a> {
    globals: &'a Globals,
    args: &'a Args,
    client: Client,
    status: Status,
    room: RoomId,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let client = Client::of(&globals.room()?)?;
    let (status, _) = client.status()?;
    if let Some(because) = &status.because {
        return Err(Failure::new(
            Exit::Closed,
            format!(
                "the room is not open: {}; nothing was sent to it",
                harmless(because)
            ),
        ));
    }
    let room = status.room.parse().map_err(|_| {
        Failure::new(
            Exit::Machine,
            "what answers on the room's socket gives no room's id",
        )
    })?;
    let asked = Asked {
        globals,
        args,
        client,
        status,
        room,
    };
    if args.routes {
        return asked.tell_routes();
    }
    match asked.code()? {
        Some(code) => asked.come_back(&code),
        None => asked.begin(),
    }
}

impl Asked<'_> {
    /// The code to come back with, if one does.
    fn code(&self) -> Result<Option<DisclosureCode>, Failure> {
        let typed = if let Some(file) = &self.args.code_file {
            if !file.exists() || std::fs::metadata(file).is_ok_and(|m| m.len() == 0) {
                return match self.args.code {
                    true => Err(Failure::new(
                        Exit::NotFound,
                        format!("there is no code in {}", file.display()),
                    )),
                    false => Ok(None),
                };
            }
            files::check_private(file)?;
            let bytes = zeroize::Zeroizing::new(files::read_bounded(file, CODE_FILE_MAX_BYTES)?);
            let text = std::str::from_utf8(&bytes);
            zeroize::Zeroizing::new(text.map(str::to_owned).unwrap_or_default())
        } else if self.args.code {
            prompt::secret(
                "The seven words: ",
                "the code",
                "give it in a file: --code-file FILE",
            )?
        } else {
            return Ok(None);
        };
        let code = DisclosureCode::parse(&typed);
        code.map(Some).map_err(|e| Failure::usage(e.to_string()))
    }

    /// Writes for the first time.
    fn begin(&self) -> Result<Exit, Failure> {
        if self.args.write || self.args.output.is_some() {
            return Err(Failure::usage(
                "this goes with coming back: give the code with --code or --code-file FILE",
            ));
        }
        self.must_be_meant()?;
        let bound = self.bound()?;
        let route = self.route(&bound)?;
        let content = written::content(&self.args.files, true)?;
        let code = DisclosureCode::generate(&mut OsEntropy.stream(b"disclosure code"));
        let keys = DisclosureKeys::of(bound.suite, self.room, &code);
        let place = (FIRST_MESSAGE, route);
        let brought = sealed(&keys, place, self.room, &bound, &content)?;
        // Before anything is sent: what was sent under words that nobody has could not be come back for.
        let to_show = match &self.args.code_file {
            Some(file) => {
                files::write_private_empty(file, &format!("{}\n", code.expose()))?;
                None
            }
            None => Some(code.expose()),
        };
        let done = self.send(&brought).inspect_err(|failure| {
            self.tell_unsent(failure, &code);
        })?;
        self.tell_begun(&done, to_show)
    }

    /// A code under which nothing was taken is not left lying about; one under which something may have been is shown.
    fn tell_unsent(&self, failure: &Failure, code: &DisclosureCode) {
        let lost = failure.exit() == Exit::Closed;
        match &self.args.code_file {
            Some(file) if !lost => drop(std::fs::remove_file(file)),
            None if lost => note(&format!(
                "strongroom: whether it was taken is not known; if it was, this is its code: {}\n",
                code.expose()
            )),
            _ => {}
        }
    }

    fn tell_begun(&self, done: &DisclosureBrought, code: Option<&str>) -> Result<Exit, Failure> {
        let screen = Screen::stdout();
        if self.globals.json {
            let json = serde_json::json!({
                "number": done.number,
                "digest": done.digest,
                "code": code,
                "code_file": self.args.code_file,
            });
            screen.json(json.to_string().as_bytes())?;
            return Ok(Exit::Done);
        }
        let mut text = format!(
            "brought; it is taken in at the full hour\n  digest    {}\n",
            harmless(&done.digest)
        );
        if let Some(code) = code {
            write!(
                text,
                "\nYour code, shown this once:\n\n    {code}\n\nWrite it down and keep it apart from this machine. It is the only way back: to the proof that this was\n\
                 taken in, and to the answer. Come back with `strongroom disclose --code`.\n"
            )
            .expect("strings take text");
        } else if let (FIRST_MESSAGE, Some(file)) = (done.number, &self.args.code_file) {
            let file = file.display().to_string();
            writeln!(
                text,
                "  code      in {0}, and nowhere else: it is the only way back, to the proof that this was taken in and to the\n            \
                 answer. Keep it apart from this machine, and come back with --code-file {0}",
                harmless(&file)
            )
            .expect("strings take text");
        } else {
            writeln!(
                text,
                "  message   {}, of the disclosure that was begun with this code",
                done.number
            )
            .expect("strings take text");
        }
        print(&text)?;
        Ok(Exit::Done)
    }

    /// A file that holds a code may have been named for a new one: what becomes of it is said before it is done.
    fn tell_further(&self, number: Option<u32>) {
        let (Some(file), false) = (&self.args.code_file, self.args.code) else {
            return;
        };
        let file = file.display().to_string();
        let file = harmless(&file);
        note(&match number {
            Some(number) => format!(
                "strongroom: {file} holds a code already, so this is sent as message {number} of the disclosure that was begun with it.\nAnother \
                 disclosure, which nothing connects with that one, is begun with a file that is not there yet.\n"
            ),
            None => format!(
                "strongroom: {file} holds a code already: this comes back with it, and sends nothing. --write sends a further message.\n"
            ),
        });
    }

    /// Comes back, and writes further where that is asked.
    fn come_back(&self, code: &DisclosureCode) -> Result<Exit, Failure> {
        if self.args.route.is_some() {
            return Err(Failure::usage(
                "what is written later goes the way of the first message: leave --route out",
            ));
        }
        let suite = Suite::Cnsa;
        let keys = DisclosureKeys::of(suite, self.room, code);
        let shown = self.disclosed(&keys)?;
        if self.args.write || !self.args.files.is_empty() {
            let next = u32::try_from(shown.messages.len() + 1).unwrap_or(u32::MAX);
            self.tell_further(Some(next));
            self.must_be_meant()?;
            let bound = self.bound()?;
            let content = written::content(&self.args.files, self.args.write)?;
            let brought = sealed(&keys, (next, None), self.room, &bound, &content)?;
            let done = self.send(&brought)?;
            return self.tell_begun(&done, None);
        }
        self.tell_further(None);
        let answers = self.opened(&shown, &keys)?;
        if let Some(folder) = &self.args.output {
            written::put(folder, &shown, &answers)?;
        }
        let screen = Screen::stdout();
        if self.globals.json {
            screen.json(&json_of(&shown, &answers))?;
        } else {
            print(&told(&shown, &answers))?;
        }
        Ok(Exit::Done)
    }

    fn disclosed(&self, keys: &DisclosureKeys) -> Result<DisclosedShown, Failure> {
        let ask = DisclosedQuery {
            access: BASE64.encode(keys.access().expose()),
        };
        read(&self.client.ask("/v1/disclosed", None, &ask)?)
    }

    fn opened(
        &self,
        shown: &DisclosedShown,
        keys: &DisclosureKeys,
    ) -> Result<Vec<Option<DisclosedContent>>, Failure> {
        let wrong = |number| {
            Failure::new(
                Exit::Unfit,
                format!(
                    "answer {number} does not open with this code: it was changed on the way, or is another's"
                ),
            )
        };
        let answers = shown.answers.iter().map(|answer| {
            let Some(sealed) = &answer.sealed else {
                return Ok(None);
            };
            let bytes = BASE64.decode(sealed.as_bytes()).ok();
            let reply = bytes.and_then(|bytes| decode::<SealedReply>(&bytes).ok());
            let reply = reply.filter(|reply| reply.number == answer.number);
            let reply = reply.ok_or_else(|| wrong(answer.number))?;
            let opened = reply.open(SuiteFloor::CNSA, self.room, keys);
            opened.map(Some).map_err(|_| wrong(answer.number))
        });
        answers.collect()
    }

    /// The inspectors' key and the routes, as the ledger shows them.
    fn bound(&self) -> Result<Bound, Failure> {
        let keys = believed::log_keys(&self.status, self.args.keys.as_deref())?;
        believed::bound(&self.client, &keys, self.room)
    }

    /// The route that is asked for.
    fn route<'b>(&self, bound: &'b Bound) -> Result<Option<&'b RouteName>, Failure> {
        let Some(asked) = &self.args.route else {
            if !bound.routes.is_empty() {
                note(
                    "strongroom: this goes to every inspector; `disclose --routes` lists narrower ways\n",
                );
            }
            return Ok(None);
        };
        let mut names = bound.routes.iter().map(|route| &route.name);
        let found = names.find(|name| name.as_str() == asked);
        if found.is_some_and(|name| bound.to_all.contains(name)) && !self.args.yes {
            return Err(Failure::new(
                Exit::Conflict,
                format!(
                    "nobody whom the route {} names is an inspector now, so it would go to EVERY inspector; nothing was sent",
                    harmless(asked)
                ),
            )
            .hint("`disclose --routes` lists the others, and bodies outside; --yes sends it all the same"));
        }
        found.map(Some).ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                format!(
                    "this room has no route {}; nothing was sent",
                    harmless(asked)
                ),
            )
            .hint("`strongroom disclose --routes` lists them")
        })
    }

    fn tell_routes(&self) -> Result<Exit, Failure> {
        let bound = self.bound()?;
        let screen = Screen::stdout();
        if self.globals.json {
            screen.json(&routes::json(&bound.routes, &bound.to_all))?;
        } else {
            print(&routes::told(&bound.routes, &bound.to_all))?;
        }
        Ok(Exit::Done)
    }

    fn send(&self, brought: &Brought) -> Result<DisclosureBrought, Failure> {
        read(&self.client.bring("/v1/disclose", encode(brought))?)
    }

    /// From an account that is signed in here it is not anonymous: that is said before anything is sent.
    fn must_be_meant(&self) -> Result<(), Failure> {
        if !Tokens::any(&self.status.room) {
            return Ok(());
        }
        note(
            "strongroom: this account of the machine is signed in to the room. Who runs the machine or the guard can set the two\nside by side: what you send now is sealed, and it is NOT anonymous. Send it from an account, or a machine, that nobody\nconnects with you.\n",
        );
        if self.args.yes {
            return Ok(());
        }
        let answer = prompt::secret(
            "Type yes to send it all the same: ",
            "a yes",
            "say it with --yes, or sign out first and use another account",
        )?;
        if answer.trim() == "yes" {
            return Ok(());
        }
        Err(Failure::new(Exit::Conflict, "nothing was sent"))
    }
}

fn sealed(
    keys: &DisclosureKeys,
    (number, route): (u32, Option<&RouteName>),
    room: RoomId,
    bound: &Bound,
    content: &DisclosedContent,
) -> Result<Brought, Failure> {
    let mut stream = OsEntropy.stream(b"disclosure");
    let message = SealedMessage::seal(
        bound.suite,
        room,
        (keys, number),
        (&bound.inspectors, route),
        content,
        &mut stream,
    );
    Ok(Brought {
        access: *keys.access().expose(),
        message: message.map_err(|e| Failure::unfit(e.to_string()))?,
    })
}

fn told(shown: &DisclosedShown, answers: &[Option<DisclosedContent>]) -> String {
    let mut text = format!("disclosure {}\n", harmless(&shown.disclosure));
    for message in &shown.messages {
        writeln!(text, "message {}  {}", message.number, standing(message))
            .expect("strings take text");
    }
    for (answer, content) in shown.answers.iter().zip(answers) {
        let at = harmless(&answer.at);
        match content {
            None => writeln!(text, "\n{at}  the inspectors say that it was received"),
            Some(content) => writeln!(
                text,
                "\n{at}  the inspectors write:\n{}{}",
                harmless_lines(&content.text),
                written::names(content)
            ),
        }
        .expect("strings take text");
    }
    if shown.messages.iter().any(|m| m.proof.is_some()) {
        text.push_str(
            "\n-o DIR keeps the proofs of intake; `verify disclosure` checks one offline\n",
        );
    }
    text
}

fn standing(message: &DisclosedMessage) -> String {
    match (&message.at, message.lost, message.acknowledged) {
        (None, _, _) => "waits for the full hour".to_owned(),
        (Some(at), true, _) => format!(
            "taken in at {}, and LOST since: the ledger has its leaf, and the room does not have the message",
            harmless(at)
        ),
        (Some(at), false, true) => format!("taken in at {}, acknowledged", harmless(at)),
        (Some(at), false, false) => format!("taken in at {}", harmless(at)),
    }
}

fn json_of(shown: &DisclosedShown, answers: &[Option<DisclosedContent>]) -> Vec<u8> {
    let mut json = serde_json::to_value(shown).expect("answers are JSON");
    for (answer, content) in answers.iter().enumerate() {
        if let Some(content) = content {
            let files: Vec<_> = content
                .files
                .iter()
                .map(|f| serde_json::json!({"name": f.name, "bytes": BASE64.encode(&f.bytes)}))
                .collect();
            json["answers"][answer]["text"] = content.text.clone().into();
            json["answers"][answer]["files"] = files.into();
        }
    }
    json.to_string().into_bytes()
}
