//! Whether a model may verify what it or another wrote: once a day it must tell planted statements apart.

use tracing::info;
use tracing::warn;

use crate::config::Verify;
use crate::curate::llm;
use crate::store::StoreError;

use super::super::context::Pipeline;
use super::Model;
use super::purse::Asking;
use super::purse::Purse;
use super::refusal::AskError;

impl Model {
    /// The model that verifies today: none where rules are to decide alone, or where it does not pass its
    /// self-test. The first story of a day pays for that. With `Asking::Never` the last test counts.
    pub(super) async fn verifier(
        &self,
        pipeline: &Pipeline,
        purse: &Purse,
        asking: &Asking,
    ) -> Result<Result<Option<String>, AskError>, StoreError> {
        if self.config.verify == Verify::Rules {
            return Ok(Ok(None));
        }
        let model = self.config.verify_model.clone().unwrap_or_else(|| self.config.model.clone());
        let _alone = self.testing.lock().await;
        let day = self.day(pipeline);
        let (of_model, of_day) = (model.clone(), day.clone());
        let last = pipeline.store.read(move |it| it.last_self_test(&of_model, llm::PROMPT, &of_day)).await?;
        let passed = match last {
            Some(test) if test.day == day || matches!(asking, Asking::Never) => test.has_passed,
            _ if matches!(asking, Asking::Never) => false,
            _ => match self.self_test(pipeline, purse, &model, day).await? {
                Ok(passed) => passed,
                Err(why) => return Ok(Err(why)),
            },
        };
        Ok(Ok(passed.then_some(model)))
    }

    async fn self_test(
        &self,
        pipeline: &Pipeline,
        purse: &Purse,
        model: &str,
        day: String,
    ) -> Result<Result<bool, AskError>, StoreError> {
        let settings = llm::Settings { model: model.to_owned(), ..self.settings.clone() };
        let request = llm::self_test(&settings, &day);
        let (reply, _) = match self.ask(pipeline, purse, &request).await? {
            Ok(answered) => answered,
            Err(why) => return Ok(Err(why)),
        };
        let (told, has_passed) = llm::told_apart(&reply);
        match has_passed {
            true => info!("the model {model} told {told} of 12 planted pairs apart and verifies today"),
            false => warn!(
                "the model {model} told only {told} of 12 planted pairs apart: rules alone decide today"
            ),
        }
        let (model, now) = (model.to_owned(), pipeline.now());
        let keep = pipeline
            .store
            .write(move |it| it.record_self_test(&model, llm::PROMPT, &day, told, has_passed, now));
        keep.await?;
        Ok(Ok(has_passed))
    }
}
