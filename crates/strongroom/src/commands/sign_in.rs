//! `sign-in`, `sign-out` and `passphrase`.

use std::path::PathBuf;

use strongroom_guard::api::{PassphraseChange, Request, SignIn, SignedIn};
use strongroom_label::limits::{PASSPHRASE_WORDS_MAX, PASSPHRASE_WORDS_MIN};
use strongroom_seal::passphrase::GENERATED_WORDS;
use zeroize::Zeroizing;

use crate::cli::{Globals, RequestArg};
use crate::client::{Client, read};
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::secrets::{self, Floor};
use crate::session::{Session, request_id};
use crate::tokens::Tokens;

#[derive(clap::Args)]
pub(crate) struct SignInArgs {
    /// The account name
    name: String,
}

#[derive(clap::Args)]
pub(crate) struct PassphraseArgs {
    /// Takes the new passphrase from this file; if it is empty or absent, one is generated into it
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Words of a generated passphrase
    #[arg(long, value_name = "N", default_value_t = GENERATED_WORDS)]
    words: usize,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn sign_in(globals: &Globals, args: &SignInArgs) -> Result<Exit, Failure> {
    let client = Client::of(&globals.room()?)?;
    let (status, _) = client.status()?;
    // Before a passphrase is sent.
    client.recognise(&status)?;
    let tokens = Tokens::of_room(&status.room)?;
    let question = format!("Passphrase of {}: ", harmless(&args.name));
    let passphrase = secrets::present(globals.passphrase_file.as_deref(), &question)?;
    let ask = SignIn {
        name: args.name.clone(),
        passphrase: passphrase.expose().to_owned(),
    };
    let json = Zeroizing::new(client.ask("/v1/sign-in", None, &ask)?);
    let signed_in: SignedIn = read(&json)?;
    // A session that nobody has the token of any more is ended.
    if let Some(old) = tokens.keep(&signed_in.name, &signed_in.token)? {
        let _ = client.ask("/v1/call", Some(&old), &Request::SignOut);
    }
    if globals.json {
        // The token is in its file, and nowhere else.
        let shown = serde_json::json!({
            "name": signed_in.name,
            "roles": signed_in.roles,
            "until": signed_in.until,
            "notices": signed_in.notices,
        });
        Screen::stdout().json(shown.to_string().as_bytes())?;
        return Ok(Exit::Done);
    }
    let mut text = format!(
        "signed in as {} ({}) until {}\n",
        harmless(&signed_in.name),
        harmless(&signed_in.roles.join(", ")),
        harmless(&signed_in.until)
    );
    for notice in &signed_in.notices {
        text += &format!("note: {}\n", harmless(notice));
    }
    print(&text)?;
    Ok(Exit::Done)
}

pub(crate) fn sign_out(globals: &Globals) -> Result<Exit, Failure> {
    let name = Session::of(globals)?.end()?;
    if globals.json {
        Screen::stdout().json(b"null")?;
    } else {
        print(&format!("{} is signed out\n", harmless(&name)))?;
    }
    Ok(Exit::Done)
}

pub(crate) fn passphrase(globals: &Globals, args: &PassphraseArgs) -> Result<Exit, Failure> {
    let words = usize::from(PASSPHRASE_WORDS_MIN)..=usize::from(PASSPHRASE_WORDS_MAX);
    if !words.contains(&args.words) {
        return Err(Failure::usage(format!(
            "a passphrase is generated of {} to {} words",
            words.start(),
            words.end()
        )));
    }
    if globals.json && args.new_passphrase_file.is_none() {
        return Err(Failure::usage("with --json, secrets are not printed")
            .hint("name a file for the new passphrase: --new-passphrase-file FILE"));
    }
    let session = Session::of(globals)?;
    let old = secrets::present(globals.passphrase_file.as_deref(), "Present passphrase: ")?;
    // The guard knows the room's floor and refuses what is below it.
    let floor = Floor {
        words: args.words,
        own_chars: 1,
    };
    let mut fresh = secrets::fresh(args.new_passphrase_file.as_deref(), floor)?;
    if fresh.passphrase.expose() == old.expose() {
        return Err(
            Failure::usage("the new passphrase is the present one; nothing was changed")
                .hint("name an empty or absent file to have one generated into it"),
        );
    }
    let id = request_id(args.request.request.as_deref());
    let json = session.change(
        &Request::Passphrase(PassphraseChange {
            old: old.expose().to_owned(),
            new: fresh.passphrase.expose().to_owned(),
            request: Some(id.clone()),
        }),
        &id,
    );
    secrets::keep_unless_refused(&mut fresh, &json);
    let json = json?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&format!("the passphrase is changed\n{}", fresh.lines()))?;
    }
    Ok(Exit::Done)
}
