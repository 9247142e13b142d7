import { Job } from "@pulumi/gcp/cloudrunv2/job.js";
import { JobIamMember } from "@pulumi/gcp/cloudrunv2/jobIamMember.js";
import { Job as Schedule } from "@pulumi/gcp/cloudscheduler/job.js";
import { AlertPolicy } from "@pulumi/gcp/monitoring/alertPolicy.js";
import { Secret } from "@pulumi/gcp/secretmanager/secret.js";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import type { RefresherPlan } from "../../plan/codeArtifact/refresherPlan.ts";
import { REFRESHER_SCRIPT } from "../../plan/codeArtifact/refresherScript.ts";

export interface CodeArtifactTokenRefresherArgs {
  readonly refresher: RefresherPlan;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Keeps a CodeArtifact token in a secret on our Google project: a service account without keys, a Cloud Run job that
 * trades its identity for a token, and the schedule that starts it. The token passes through neither the program nor its
 * state; the job's arguments hold a script and its environment names.
 */
export class CodeArtifactTokenRefresher extends pulumi.ComponentResource {
  /** Unique id, which the consumer's role trusts. */
  readonly serviceAccountID: pulumi.Output<string>;
  /** `projects/<number>/secrets/<name>` */
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: CodeArtifactTokenRefresherArgs, opts: pulumi.ComponentResourceOptions) {
    const { refresher, labels } = args;
    super("causeway:gcp:CodeArtifactTokenRefresher", name, { schedule: refresher.schedule }, opts);
    const { projectID: project, region } = refresher;
    const account = new Account(
      name,
      { accountId: refresher.serviceAccountName, displayName: "CodeArtifact token refresher", project },
      { parent: this },
    );
    const secret = new Secret(
      name,
      { secretId: refresher.secretName, replication: { auto: {} }, labels, project },
      { parent: this },
    );
    this.allow(`${name}-write`, refresher, secret, "roles/secretmanager.secretVersionManager", account.member);
    if (refresher.readBy !== undefined) {
      const executors = `serviceAccount:${refresher.readBy}`;
      this.allow(`${name}-read`, refresher, secret, "roles/secretmanager.secretAccessor", executors);
    }
    const job = this.createJob(refresher, account, labels);
    new JobIamMember(
      name,
      { project, location: region, name: job.name, role: "roles/run.invoker", member: account.member },
      { parent: this },
    );
    new Schedule(
      name,
      {
        name: refresher.name,
        project,
        region,
        schedule: refresher.schedule,
        timeZone: "Etc/UTC",
        httpTarget: {
          httpMethod: "POST",
          uri: pulumi.interpolate`https://run.googleapis.com/v2/projects/${project}/locations/${region}/jobs/${job.name}:run`,
          oauthToken: { serviceAccountEmail: account.email },
        },
        retryConfig: { retryCount: 3, minBackoffDuration: "30s" },
      },
      { parent: this },
    );
    this.createAlert(refresher);
    this.serviceAccountID = account.uniqueId;
    this.secretName = secret.name;
    this.registerOutputs({ serviceAccountID: this.serviceAccountID, secretName: this.secretName });
  }

  private allow(
    name: string,
    { projectID: project }: RefresherPlan,
    secret: Secret,
    role: string,
    member: pulumi.Input<string>,
  ): void {
    new SecretIamMember(name, { project, secretId: secret.secretId, role, member }, { parent: this });
  }

  private createJob(refresher: RefresherPlan, account: Account, labels: Readonly<Record<string, string>>): Job {
    const { name, projectID: project, region: location, environment, image } = refresher;
    return new Job(
      name,
      {
        name,
        project,
        location,
        labels,
        deletionProtection: false,
        template: {
          taskCount: 1,
          template: {
            serviceAccount: account.email,
            maxRetries: 2,
            timeout: "300s",
            containers: [
              {
                image,
                commands: ["node"],
                args: ["--input-type=module", "--eval", REFRESHER_SCRIPT],
                envs: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
              },
            ],
          },
        },
      },
      { parent: this },
    );
  }

  /** Opens an incident where two runs in a row failed. Source: Cloud Run documentation, "Monitor jobs", metrics. */
  private createAlert({ name, projectID: project, refreshMinutes }: RefresherPlan): void {
    const filter =
      'resource.type = "cloud_run_job" AND metric.type = "run.googleapis.com/job/completed_execution_count" AND ' +
      `resource.labels.job_name = "${name}" AND metric.labels.result = "failed"`;
    new AlertPolicy(
      name,
      {
        project,
        displayName: `${name}: two refreshes failed`,
        combiner: "OR",
        conditions: [
          {
            displayName: "two failed runs",
            conditionThreshold: {
              filter,
              comparison: "COMPARISON_GT",
              thresholdValue: 1,
              duration: "0s",
              aggregations: [{ alignmentPeriod: `${refreshMinutes * 120 + 600}s`, perSeriesAligner: "ALIGN_SUM" }],
            },
          },
        ],
      },
      { parent: this },
    );
  }
}
