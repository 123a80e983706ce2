//! A program that does one thing for each line it is given, and answers with a line of JSON.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::run::Problem;

/// Large arrays always come fresh from the operating system and go back to it, as in a program that reads a file once.
/// Otherwise glibc keeps some of them, depending on what was freed before.
const ALLOCATOR: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

/// Variables by which libraries take their number of threads.
const THREADS: [&str; 3] = ["OMP_NUM_THREADS", "BLOSC_NTHREADS", "NUMEXPR_NUM_THREADS"];

/// The running program; ends when it is dropped.
pub struct Worker {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts it.
    pub fn start(mut command: Command) -> Result<Self, Problem> {
        command.env(ALLOCATOR.0, ALLOCATOR.1).envs(THREADS.map(|name| (name, "1")));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or("a program without output")?);
        Ok(Self { child, questions, answers })
    }

    /// Its answer to `question`.
    ///
    /// # Errors
    /// Where the program has ended, or its answer is an error.
    pub fn ask(&mut self, question: &str) -> Result<Value, Problem> {
        let questions = self.questions.as_mut().ok_or("the program was told to end")?;
        writeln!(questions, "{question}")?;
        questions.flush()?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(format!("the program ended at: {question}").into());
        }
        let answer: Value = serde_json::from_str(&line)?;
        match answer["error"].as_str() {
            Some(error) => Err(format!("{question}: {error}").into()),
            None => Ok(answer),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The end of its input ends the program.
        self.questions = None;
        let _ = self.child.wait();
    }
}
